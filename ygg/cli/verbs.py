"""Every verb: where it lives and one line about it, so that help imports none of them."""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    where: str
    """`module:attribute` of the click command."""
    summary: str


SECTIONS: dict[str, dict[str, Verb]] = {
    "Tasks": {
        "submit": Verb("ygg.cli.submit:submit", "Submit a task, or many with --from."),
        "list": Verb("ygg.cli.list:list_tasks", "List tasks, newest first."),
        "show": Verb("ygg.cli.show:show", "Show everything about tasks."),
        "logs": Verb("ygg.cli.logs:logs", "Print a task's log; -f follows it."),
        "wait": Verb("ygg.cli.wait:wait", "Wait until tasks are done."),
        "cancel": Verb("ygg.cli.actions:cancel", "Cancel tasks."),
        "retry": Verb("ygg.cli.actions:retry", "Run a task again, as a new task."),
        "approve": Verb("ygg.cli.actions:approve", "Say yes to a task that waits for a person."),
        "reject": Verb("ygg.cli.actions:reject", "Say no to a task that waits for a person."),
        "replay": Verb("ygg.cli.replay:replay", "Retry every task that failed since a time."),
        "apply": Verb("ygg.cli.apply:apply", "Put in place what a code- task proposes."),
        "artifact": Verb("ygg.cli.artifact:artifact", "Fetch a file that a task kept."),
    },
    "The fleet": {
        "labels": Verb("ygg.cli.labels:labels", "What tasks can be asked for, and their params."),
        "queues": Verb("ygg.cli.fleet:queues", "What waits and runs, queue by queue."),
        "executors": Verb("ygg.cli.fleet:executors", "Who is there to do the work."),
        "stats": Verb("ygg.cli.stats:stats", "What the tasks of a family came to, and took."),
        "doctor": Verb("ygg.cli.doctor:doctor", "Check every part and say what to mend."),
        "token": Verb("ygg.cli.token:token", "Create, list and revoke access tokens."),
        "flower": Verb("ygg.cli.flower:flower", "Open the queue browser."),
    },
    "Machines": {
        "machines": Verb("coordinator.fleet.cli.machines:machines", "The machines of the fleet."),
        "rollout": Verb(
            "coordinator.fleet.cli.rollouts:rollout", "From one version to the next, on machines."
        ),
    },
    "Images": {
        "images": Verb("registry.cli.images:images", "Build the images that machines run."),
        "registry": Verb("registry.cli.registry:registry", "The fleet's private image registry."),
    },
    "Processes": {
        "up": Verb("ygg.cli.up:up", "Start a whole fleet on this machine."),
        "down": Verb("ygg.cli.up:down", "Stop the fleet that `ygg up` started."),
        "model": Verb("ygg.models.commands:model", "The language model of this machine."),
        "coordinator": Verb("ygg.cli.run:coordinator", "Run a coordinator in the foreground."),
        "executor": Verb("ygg.cli.run:executor", "Run an executor in the foreground."),
    },
    "This command": {
        "completion": Verb("ygg.cli.completion:completion", "Print a shell's completion script."),
        "version": Verb("ygg.cli.version:version", "Print versions: this one, and the fleet's."),
    },
}

VERBS: dict[str, Verb] = {
    name: verb for section in SECTIONS.values() for name, verb in section.items()
}
