"""`dev-run`, `dev-script`: any command or script, among files. `dev-echo`: nothing, quickly."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue

from executors.exits import how_it_ended, last_line
from executors.handler import Context, Failed, Params, WorkspacePath, handler
from executors.names import VariableName
from executors.projects.params import WORD_LENGTH, Paths, Project, Word, Words
from executors.projects.workplace import workplace
from executors.sources import RepositorySettings
from ygg.task import Ending, Outcome

STDIN_LENGTH = 4 * 1024 * 1024
ECHO_LENGTH = 1_000_000
SCRIPT_LENGTH = 30_000
"""Whatever its characters, it fits into one word of a command line."""


def _names_a_program(command: list[str]) -> list[str]:
    if not command[0]:
        raise ValueError("must begin with a program")
    return command


SecretName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_.-]+$",
        max_length=100,
        json_schema_extra={"x-allowed": "a name of letters, digits, dots, dashes and `_`"},
    ),
]


class Command(Project):
    cwd: WorkspacePath = "."
    """A folder below that of `path`."""
    outputs: Paths = Field(default=[])
    """Files to keep: globs below `path`, `**` for any depth, a folder for all in it."""
    stdin: str | None = Field(default=None, max_length=STDIN_LENGTH)
    """What it reads from standard input."""
    secrets: Annotated[dict[VariableName, SecretName], Field(max_length=50)] = Field(
        default={},
        examples=[{"API_TOKEN": "forge"}],
        json_schema_extra={
            "additionalProperties": False,
            "x-allowed": "an object: names of variables, and the names of secrets",
        },
    )
    """Variables with the machine's secrets, by their names in its settings."""


class Run(Command):
    command: Annotated[list[Word], AfterValidator(_names_a_program)] = Field(
        min_length=1,
        max_length=1000,
        examples=[["python3", "-c", "print(6*7)"]],
        json_schema_extra={
            "prefixItems": [
                {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": WORD_LENGTH,
                    "x-allowed": "a program, by name or path",
                }
            ],
            "x-allowed": "a list of text, the program first",
        },
    )
    """The program and its arguments. No shell reads them."""


@handler(
    "dev-run",
    summary="Run a command in a fresh workspace, with input files, and keep what it makes.",
    untrusted=True,
    examples=[
        {"command": ["python3", "-c", "print(6*7)"]},
        {"command": ["sh", "-c", "echo 42 > answer"], "outputs": ["answer"]},
    ],
)
def run(params: Run, context: Context, settings: RepositorySettings) -> Outcome | JsonValue:
    return _run(params, params.command, context, settings)


class Script(Command):
    script: str = Field(
        min_length=1, max_length=SCRIPT_LENGTH, examples=["for n in 1 2 3; do echo $n; done"]
    )
    """The script itself."""
    interpreter: Literal["sh", "bash", "python3"] = "sh"
    """What runs it."""
    args: Words = Field(default=[])
    """What it is given: $1, $2 …; sys.argv[1:] in Python."""


@handler(
    "dev-script",
    summary="Run a script that is given in full, in a fresh workspace, with input files.",
    untrusted=True,
    examples=[
        {"script": "for n in 1 2 3; do echo $n; done | tac"},
        {"script": "import sys; print(sys.argv[1:])", "interpreter": "python3", "args": ["a"]},
    ],
    commands=(
        "printf 'echo hello from $(hostname)\\n' > hello.sh"
        " && ygg submit --label dev-script --param script=@hello.sh --wait",
    ),
)
def script(params: Script, context: Context, settings: RepositorySettings) -> Outcome | JsonValue:
    return _run(params, script_command(params), context, settings)


def script_command(params: Script) -> list[str]:
    if params.interpreter == "python3":
        return ["python3", "-c", params.script, *params.args]
    # After the script comes the name that it goes by in messages.
    return [params.interpreter, "-c", "--", params.script, params.interpreter, *params.args]


def _run(
    params: Command, argv: list[str], context: Context, settings: RepositorySettings
) -> Outcome | JsonValue:
    place = workplace(params, context, settings)
    secrets = {name: context.secrets[secret] for name, secret in params.secrets.items()}
    ran = place.run(argv, cwd=params.cwd, env=secrets, stdin=params.stdin)
    place.keep(params.outputs)
    result: JsonValue = {"exit_code": ran.exit_code, "stdout": ran.stdout}
    if ran.exit_code == 0:
        return result
    return Outcome(
        ending=Ending.ERROR, reason=how_it_ended(ran), hint=last_line(ran), result=result
    )


class Echo(Params):
    text: str = Field(default="", max_length=ECHO_LENGTH)
    """What it answers."""
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
