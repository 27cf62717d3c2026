import os
import shutil

from executors.handler import Context, Failed, HandlerSettings, Params, handler


class Disk(Params):
    path: str = "/"
    at_least_gb: float = 5


@handler("ops-space", examples=[{"path": "/", "at_least_gb": 5}])
def disk(params: Disk, context: Context) -> dict[str, float]:
    """Fail when a disk runs full."""
    free = shutil.disk_usage(params.path).free / 1e9
    context.log(f"{free:.1f} GB free in {params.path}")
    if free < params.at_least_gb:
        raise Failed(f"only {free:.1f} GB free", hint="tidy up, or lower at_least_gb")
    return {"free_gb": round(free, 1)}


class Nothing(Params):
    pass


@handler("llm-gpus", needs=["gpu"])
def gpus(params: Nothing, context: Context) -> list[str]:
    """List the machine's GPUs."""
    ran = context.run(["nvidia-smi", "-L"])
    if ran.exit_code:
        raise Failed(ran.stderr.strip())
    return ran.stdout.splitlines()


class MountSettings(HandlerSettings):
    section = "mounts"

    folders: list[str]
    """Where something must be mounted on this machine."""


@handler("ops-mounts")
def mounts(params: Nothing, context: Context, settings: MountSettings) -> list[str]:
    """Fail when a disk of this machine is not mounted."""
    missing = [folder for folder in settings.folders if not os.path.ismount(folder)]
    if missing:
        raise Failed(f"not mounted: {', '.join(missing)}")
    return settings.folders
