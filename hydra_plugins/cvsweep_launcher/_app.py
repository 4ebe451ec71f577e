"""What is known of the app: its search path. Hydra leaves modules with such a name alone."""

from __future__ import annotations

from hydra.core.config_search_path import ConfigSearchPath

search_path: ConfigSearchPath | None = None
"""As Hydra made it for the app; the folder of --config-dir is added to it later."""
