"""Where Hydra 1.3 and 1.4 want different arguments."""

from __future__ import annotations

from typing import Any

import hydra

_IS_13 = hydra.__version__.startswith("1.3.")

# 1.4 drops the parameter and warns where it is still given; 1.3 warns where it is not.
VERSION_BASE: dict[str, Any] = {"version_base": "1.3"} if _IS_13 else {}

# 1.4 wants to hear that a second store of the same name is meant.
REPLACE: dict[str, Any] = {} if _IS_13 else {"replace": True}
