"""What figures depend on beside the code: versions and hardware."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from isthmus.model_files import versions

__all__ = ["machine"]


def machine() -> dict[str, Any]:
    """Versions of the libraries, the processor's name and its cores."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        processor = names[0].split(":", 1)[1].strip() if names else processor
    return {**versions(), "processor": processor, "cores": os.cpu_count()}
