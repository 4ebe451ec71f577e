"""The app's search path for configurations. Hydra does not load modules whose names begin with `_`."""

from __future__ import annotations

from hydra.core.config_search_path import ConfigSearchPath

search_path: ConfigSearchPath | None = None
"""As Hydra made it for the app; the folder of --config-dir is added to it later."""
