"""`dev-run`: any command, in a workspace of its own. `dev-echo`: nothing, quickly."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue

from executors.handler import Context, Failed, Params, Ran, WorkspacePath, handler
from ygg.task import Ending, Outcome

HINT_LENGTH = 500


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    return value


Word = Annotated[str, AfterValidator(_without_nul)]
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


def _names_a_program(command: list[str]) -> list[str]:
    if not command[0]:
        raise ValueError("must begin with a program")
    return command


class Run(Params):
    command: Annotated[list[Word], AfterValidator(_names_a_program)] = Field(
        min_length=1,
        examples=[["python3", "-c", "print(6*7)"]],
        json_schema_extra={
            "prefixItems": [
                {"type": "string", "minLength": 1, "x-allowed": "a program, by name or path"}
            ],
            "x-allowed": "a list of text, the program first",
        },
    )
    """The program and its arguments. No shell reads them."""
    cwd: WorkspacePath = "."
    """A folder of the workspace."""
    env: dict[VariableName, Word] = Field(
        default={},
        # Else a schema that names a pattern lets all other names pass.
        json_schema_extra={
            "additionalProperties": False,
            "x-allowed": "an object of text, whose names are letters, digits and `_`",
        },
    )
    """Added to the environment."""
    outputs: list[WorkspacePath] = Field(default=[])
    """Files to keep: globs below the workspace, `**` for any depth, a folder for all in it."""
    stdin: str | None = None


@handler(
    "dev-run",
    summary="Run a command in a fresh workspace, with input files, and keep what it makes.",
    examples=[
        {"command": ["python3", "-c", "print(6*7)"]},
        {"command": ["sh", "-c", "sort words > sorted"], "outputs": ["sorted"]},
    ],
)
def run(params: Run, context: Context) -> Outcome | JsonValue:
    ran = context.run(
        params.command,
        cwd=context.workspace / params.cwd,
        env=params.env,
        stdin=params.stdin,
    )
    for pattern in params.outputs:
        context.artifact(pattern)
    result: JsonValue = {"exit_code": ran.exit_code, "stdout": ran.stdout}
    if ran.exit_code == 0:
        return result
    return Outcome(ending=Ending.ERROR, reason=_how(ran), hint=_last_line(ran), result=result)


class Echo(Params):
    text: str = ""
    fail: bool = False
    """Fail instead, to see what that looks like."""


@handler(
    "dev-echo",
    summary="Answer with the text it was given. Bundled: thousands a second.",
    bundle=True,
    examples=[{"text": "hello"}],
)
def echo(params: Echo, context: Context) -> JsonValue:
    if params.fail:
        raise Failed("asked to fail")
    return {"text": params.text}


def _how(ran: Ran) -> str:
    if ran.exit_code < 0:
        return f"killed by signal {-ran.exit_code}"
    return f"exit code {ran.exit_code}"


def _last_line(ran: Ran) -> str:
    lines = (ran.stderr or ran.stdout).strip().splitlines()
    return lines[-1][:HINT_LENGTH] if lines else ""
