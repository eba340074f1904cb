#!/usr/bin/env bash
# A sound card and MIDI ports for a machine that has neither. README.md beside this file tells the why.
#
#   rig.sh start | stop | status     the two daemons (starting twice is harmless)
#   eval "$(rig.sh env)"             what a program needs to find them
#   rig.sh run COMMAND...            start if needed, then COMMAND in that environment
#   rig.sh packages                  the Debian packages it needs
#
# MTSESSION_RIG_NAME (default: tests) gives a second rig beside the first: sound of one never mixes into the other.
set -u

name=${MTSESSION_RIG_NAME:-tests}
case $name in *[!A-Za-z0-9-]*) echo "rig: a name holds letters, digits and hyphens only" >&2; exit 2 ;; esac
state=${MTSESSION_RIG_DIR:-${TMPDIR:-/tmp}/mtsession-$name-rig-$(id -u)}
rate=48000
sink=mtsession
jack=mtsession-$name
socket=$state/pulse.sock

packages="libportaudio2 libsndfile1 pulseaudio pulseaudio-utils libasound2-plugins alsa-utils jackd2 tmux"

die() { echo "rig: $*" >&2; exit 1; }

# A pid alone may have been given to another process since; with its start time it names one process only.
born() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

alive() {
  local pid since
  [ -r "$state/$1.pid" ] && read -r pid since < "$state/$1.pid" || return 1
  [ -n "${since:-}" ] && [ "$(born "$pid")" = "$since" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status"
}

note_pid() { echo "$2 $(born "$2")" > "$state/$1.pid"; }

end() {
  local pid _
  if alive "$1"; then
    read -r pid _ < "$state/$1.pid"
    kill -TERM "$pid"
    for _ in $(seq 50); do alive "$1" || break; sleep 0.1; done
    if alive "$1"; then kill -KILL "$pid"; sleep 0.2; fi
  fi
  rm -f "$state/$1.pid"
}

realtime() { chrt -f 10 true 2>/dev/null; }

pulse_answers() { PULSE_SERVER="unix:$socket" timeout 3 pactl info >/dev/null 2>&1; }
jack_answers() {
  if command -v jack_lsp >/dev/null; then
    JACK_NO_START_SERVER=1 timeout 3 jack_lsp -s "$jack" >/dev/null 2>&1
  else # newer Debian packs the tools apart from the server; its socket says nearly as much
    [ -S "/dev/shm/jack_${jack}_$(id -u)_0" ]
  fi
}

wait_for() {
  local _
  for _ in $(seq 100); do "$1" && return 0; alive "$2" || return 1; sleep 0.1; done
  return 1
}

# The state folder has a name that others could guess, so one made by another user is refused.
prepare() {
  mkdir -p -m 700 "$state" || die "cannot make $state"
  [ -O "$state" ] || die "$state belongs to another user; set MTSESSION_RIG_DIR to a folder of your own"
  mkdir -p -m 700 "$state/home"
  # Replaces the system's ALSA files as a whole. One setting a line: ALSA's parser trips over some one-line
  # forms and PortAudio then fails to start at all.
  cat > "$state/asound.conf" <<CONF
pcm.pulse {
  type pulse
  hint {
    show on
    description "mtsession test rig"
  }
}
pcm.default {
  type pulse
  hint {
    show on
    description "mtsession test rig (default)"
  }
}
ctl.default {
  type pulse
}
CONF
  # norewinds: without it the stream may stand still for a second when it starts.
  cat > "$state/pulse.pa" <<CONF
load-module module-native-protocol-unix socket=$socket auth-anonymous=1
load-module module-null-sink sink_name=$sink rate=$rate channels=2 format=float32le norewinds=1
set-default-sink $sink
set-default-source $sink.monitor
CONF
}

start_pulse() {
  local priority="--realtime=no --high-priority=no"
  realtime && priority="--realtime=yes --high-priority=yes"
  rm -f "$socket"
  # shellcheck disable=SC2086  # the priority flags are words
  env -u DISPLAY -u DBUS_SESSION_BUS_ADDRESS -u PULSE_SERVER HOME="$state/home" XDG_RUNTIME_DIR="$state/home" \
    XDG_CONFIG_HOME="$state/home/.config" \
    setsid pulseaudio -n -F "$state/pulse.pa" --daemonize=no --exit-idle-time=-1 --disallow-exit --use-pid-file=no \
    $priority --log-target=stderr --log-level=notice </dev/null >"$state/pulse.log" 2>&1 9>&- &
  note_pid pulse $!
  wait_for pulse_answers pulse || { tail -n 5 "$state/pulse.log" >&2; die "PulseAudio did not start"; }
}

# Asynchronous (no -S): the synchronous server stands still for seconds when a client leaves.
start_jack() {
  local priority="--no-realtime" period=512
  realtime && { priority="-R -P 10"; period=256; }
  # shellcheck disable=SC2086
  env -u DISPLAY -u DBUS_SESSION_BUS_ADDRESS JACK_NO_AUDIO_RESERVATION=1 \
    setsid jackd --name "$jack" $priority --no-mlock --port-max 256 -d dummy -r "$rate" -p "$period" -C 2 -P 2 \
    </dev/null >"$state/jack.log" 2>&1 9>&- &
  note_pid jack $!
  wait_for jack_answers jack || { tail -n 5 "$state/jack.log" >&2; die "jackd did not start"; }
}

start() {
  local tool
  for tool in pulseaudio pactl parec jackd setsid flock; do
    command -v "$tool" >/dev/null || die "$tool is missing; on Debian: apt-get install $packages"
  done
  prepare
  exec 9>"$state/lock"
  flock -w 60 9 || die "another start is under way and does not end"
  alive pulse || start_pulse
  alive jack || start_jack
  exec 9>&-
}

stop() {
  end jack
  end pulse
  rm -rf "$state/home" "$socket" "$state/asound.conf" "$state/pulse.pa" "$state/pulse.log" "$state/jack.log" "$state/lock"
  rmdir "$state" 2>/dev/null
  # What a jackd that had to be killed leaves behind.
  rm -f /dev/shm/jack_sem."$(id -u)"_"$jack"_* 2>/dev/null
  rm -rf /dev/shm/jack_"$jack"_"$(id -u)"_* 2>/dev/null
  return 0
}

status() {
  local each code=0
  for each in pulse jack; do
    if alive $each; then echo "$each: runs, process $(cut -d' ' -f1 "$state/$each.pid")"; else echo "$each: stopped"; code=3; fi
  done
  return $code
}

settings() {
  cat <<ENV
MTSESSION_RIG_NAME=$name
MTSESSION_RIG_DIR=$state
ALSA_CONFIG_PATH=$state/asound.conf
PULSE_SERVER=unix:$socket
PULSE_SINK=$sink
PULSE_SOURCE=$sink.monitor
JACK_DEFAULT_SERVER=$jack
JACK_NO_START_SERVER=1
JACK_NO_AUDIO_RESERVATION=1
ENV
}

case "${1:-}" in
  start) start ;;
  stop) stop ;;
  status) status ;;
  env) settings | sed "s/=\(.*\)/='\1'/; s/^/export /" ;;
  packages) echo "$packages" ;;
  run)
    shift
    [ $# -gt 0 ] || die "run needs a command"
    start
    eval "$(settings | sed "s/=\(.*\)/='\1'/; s/^/export /")"
    exec "$@"
    ;;
  *) sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; exit 2 ;;
esac
