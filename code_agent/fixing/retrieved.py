"""What the index of the repository finds for a failing test."""

from __future__ import annotations

from code_agent.finder import finder
from code_agent.fixing.failures import Failure
from code_agent.fixing.project import Project
from code_agent.retrieval.port import Passage, Query
from code_agent.session import Session

MOST = 8
TEXT_LENGTH = 6000


def retrieved(session: Session, project: Project) -> dict[str, list[Passage]]:
    """For each failure by its name, passages of files that may be changed: the nearest first."""
    digests = project.work.tree.changed(project.changes).digests
    files = {path: digests[path] for path in project.sources}
    if not files:
        return {}
    with finder(session, files, project.text) as found:
        return {one.name: found.search(Query(text=_text(one)), MOST) for one in project.failures}


def _text(failure: Failure) -> str:
    return f"{failure.message}\n{failure.text}\n{failure.detail[-TEXT_LENGTH:]}"
