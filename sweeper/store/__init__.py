"""The sweep folder: its journal, lock, heartbeat and requests, and the folders of attempts."""
