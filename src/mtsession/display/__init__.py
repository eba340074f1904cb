"""The client's own screen: a page in a browser, served by the app while a session runs."""
