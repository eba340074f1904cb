"""Sounds of known truth for the time-stretch, and what is measured of them once they are stretched.

Every measure takes the heard sound, shape (frames, 2), and `RateMap`, which says where each frame
of the source should be heard. A delay that is the same throughout is not counted.
"""

import numpy as np

CHORD_HZ = tuple(round(98 * 1.19**n, 2) for n in range(16))
CLICK_HZ = 9_000.0


def seconds(length, rate):
    return np.arange(round(length * rate)) / rate


def stereo(left, right=None):
    return np.stack([left, left if right is None else right], axis=1).astype(np.float32)


def analytic(x):
    """Give the analytic signal of each column."""
    spectrum = np.fft.fft(x, axis=0)
    half = len(x) // 2
    spectrum[1:half] *= 2
    spectrum[half + 1 :] = 0
    return np.fft.ifft(spectrum, axis=0)


def clicks(length, rate, *, every=0.5, first=0.5):
    """Give bursts of 9 kHz with a width of 0.35 ms, and their times in frames."""
    t = seconds(length, rate)
    x = np.zeros(len(t))
    times = np.arange(first, length - 0.3, every) * rate
    for at in times:
        near = slice(max(0, round(at) - 300), round(at) + 300)
        u = (np.arange(len(t))[near] - at) / rate
        x[near] += 0.7 * np.cos(2 * np.pi * CLICK_HZ * u) * np.exp(-0.5 * (u / 0.00015) ** 2)
    return stereo(x), times


def chord(length, rate, *, hz=CHORD_HZ):
    """Give sixteen partials of four tones, differently balanced and turned in each channel."""
    t = seconds(length, rate)
    left, right = np.zeros(len(t)), np.zeros(len(t))
    for n, f in enumerate(hz):
        left += 0.05 * np.cos(2 * np.pi * f * t + n)
        right += 0.05 * (0.4 + 0.6 * (n % 3) / 2) * np.cos(2 * np.pi * f * t + n + 0.5)
    return stereo(left, right)


def kicks(length, rate, *, every=0.75, first=0.5):
    """Give bass drums that fall from 120 to 50 Hz, risen within 4 ms, and their times."""
    t = seconds(length, rate)
    x = np.zeros(len(t))
    times = np.arange(first, length - 0.5, every) * rate
    u = seconds(0.45, rate)
    phase = 2 * np.pi * (50 * u + 70 * 0.04 * (1 - np.exp(-u / 0.04)))
    rise = np.where(u < 0.004, 0.5 - 0.5 * np.cos(np.pi * u / 0.004), 1.0)
    one = 0.6 * np.sin(phase + 0.5) * rise * np.exp(-u / 0.12)
    for at in times:
        x[round(at) : round(at) + len(one)] += one
    return stereo(x), times


def click_figures(y, rate, expected):
    """Give spread and drift of click times in ms, smear in ms and pre-echo in dB."""
    found, smears, echoes = [], [], []
    reach = round(0.04 * rate)
    for at in expected:
        middle = round(at)
        if middle < reach or middle + reach > len(y):
            continue
        power = np.abs(analytic(y[middle - reach : middle + reach, 0].astype(float))) ** 2
        if not power.max():
            continue
        peak = int(power.argmax())
        near = np.arange(max(0, peak - 120), min(len(power), peak + 120))
        centre = (power[near] * near).sum() / power[near].sum()
        found.append((at, centre + middle - reach - at))
        passed = np.cumsum(power) / power.sum()
        smears.append((np.searchsorted(passed, 0.95) - np.searchsorted(passed, 0.05)) / rate)
        early = power[: max(1, peak - round(0.002 * rate))]
        echoes.append(10 * np.log10(early.max() / power[peak] + 1e-15))
    at, off = np.array(found).T
    off_ms = (off - off.mean()) / rate * 1e3
    drift = np.polyfit(at, off_ms, 1)[0] * (at[-1] - at[0])
    return {
        "click_sd_ms": float(off_ms.std()),
        "drift_ms": float(abs(drift)),
        "delay_ms": float(off.mean() / rate * 1e3),
        "smear_ms": float(np.median(smears) * 1e3),
        "worst_smear_ms": float(np.max(smears) * 1e3),
        "pre_echo_db": float(np.median(echoes)),
        "worst_pre_echo_db": float(np.max(echoes)),
        "clicks": len(found),
    }


def chord_figures(y, rate, *, hz=CHORD_HZ, window=1.0):
    """Give what is left in dB once the partials are fitted, second by second; the median counts."""
    size = round(window * rate)
    t = np.arange(size) / rate
    basis = np.concatenate([[np.cos(2 * np.pi * f * t), np.sin(2 * np.pi * f * t)] for f in hz]).T
    solve = np.linalg.pinv(basis)
    left = []
    for first in range(2 * rate, len(y) - rate - size, size):
        part = y[first : first + size].astype(float)
        rest = part - basis @ (solve @ part)
        left.append(10 * np.log10((rest**2).sum() / (part**2).sum() + 1e-15))
    return {"residual_db": float(np.median(left)), "worst_residual_db": float(np.max(left))}


def tone_figures(y, rate, hz, *, turned):
    """Give a tone's error of pitch and its wobble in cents, and of its stereo phase in degrees."""
    n = np.arange(len(y))
    z = y.astype(float) * np.exp(-2j * np.pi * hz * n / rate)[:, None]
    size = round(0.05 * rate)
    views = np.lib.stride_tricks.sliding_window_view(z, 4 * size, axis=0)[::size]
    z = (views @ np.hanning(4 * size))[20:-20]
    turns = np.diff(np.unwrap(np.angle(z[:, 0]))) / (2 * np.pi * size / rate)
    cents = 1200 * np.log2(1 + turns / hz)
    angle = np.degrees(np.angle(z[:, 1] * np.conj(z[:, 0]) * np.exp(-1j * turned)))
    return {
        "pitch_cents": float(abs(1200 * np.log2(1 + turns.mean() / hz))),
        "wobble_cents": float(np.abs(cents - np.median(cents)).max()),
        "stereo_degrees": float(np.abs(angle).max()),
    }


def rise_ms(x, rate):
    """Give the time from 10 to 90 % of the envelope's peak, or None where it does not rise."""
    envelope = np.abs(analytic(x.astype(float)))
    peak = int(envelope.argmax())
    rising = envelope[: peak + 1]
    below = np.flatnonzero(rising < 0.9 * rising[-1])
    if not len(below):
        return None
    ninety = int(below[-1])
    ten = np.flatnonzero(rising[:ninety] < 0.1 * rising[-1])
    return (ninety - (int(ten[-1]) if len(ten) else 0)) / rate * 1e3


def kick_figures(y, x, rate, expected, times):
    """Give how much longer than in the source a bass drum takes to rise, and where it lies."""
    before, after = round(0.12 * rate), round(0.2 * rate)
    ratios, offs = [], []
    for at, source in zip(expected, times, strict=True):
        mine = y[round(at) - before : round(at) + after, 0]
        true = x[round(source) - before : round(source) + after, 0]
        if len(mine) < before + after:
            continue
        rise = rise_ms(mine, rate)
        if rise is not None:
            ratios.append(rise / rise_ms(true, rate))
        match = np.fft.irfft(
            np.fft.rfft(mine, 2 * len(mine)) * np.conj(np.fft.rfft(true, 2 * len(true)))
        )
        lag = int(match.argmax())
        offs.append((lag if lag < len(mine) else lag - 2 * len(mine)) / rate * 1e3)
    return {
        "rise_ratio": float(np.median(ratios)),
        "worst_rise_ratio": float(np.max(ratios)),
        "kick_sd_ms": float(np.std(offs)),
        "drums": len(ratios),
    }
