"""What a machine says about itself, read from the files and tools of Linux."""

from __future__ import annotations

import json
import shlex
from typing import TypedDict


class Processor(TypedDict):
    model: str
    architecture: str
    count: int


class Memory(TypedDict):
    total_bytes: int
    available_bytes: int
    swap_bytes: int


class Gpu(TypedDict):
    name: str
    memory_mib: int
    driver: str


class Running(TypedDict):
    uptime_seconds: int
    load: list[float]


def read_os(text: str) -> str:
    """The name that /etc/os-release gives to people."""
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    try:
        return " ".join(shlex.split(found.get("PRETTY_NAME", "")))
    except ValueError:
        return found["PRETTY_NAME"]


def read_processor(text: str) -> Processor:
    """From `lscpu --json`, whose newer versions nest what belongs together."""
    fields: dict[str, str] = {}
    left = list(json.loads(text).get("lscpu", []))
    while left:
        one = left.pop()
        fields[one["field"].rstrip(":")] = one.get("data") or ""
        left += one.get("children", [])
    return {
        "model": fields.get("Model name", ""),
        "architecture": fields.get("Architecture", ""),
        "count": int(fields.get("CPU(s)") or 0),
    }


def read_memory(text: str) -> Memory:
    """From /proc/meminfo."""
    found = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)

    def size(name: str) -> int:
        return int(found.get(name, "0").split()[0]) * 1024

    return {
        "total_bytes": size("MemTotal"),
        "available_bytes": size("MemAvailable"),
        "swap_bytes": size("SwapTotal"),
    }


def read_running(text: str) -> Running:
    """From /proc/uptime and /proc/loadavg, one after the other."""
    words = text.split()
    return {"uptime_seconds": int(float(words[0])), "load": [float(one) for one in words[2:5]]}


def read_gpus(text: str) -> list[Gpu]:
    """From nvidia-smi's table of name, memory and driver."""
    rows = [[one.strip() for one in line.split(",")] for line in text.splitlines()]
    return [
        {"name": row[0], "memory_mib": int(row[1]) if row[1].isdecimal() else 0, "driver": row[2]}
        for row in rows
        if len(row) == 3
    ]
