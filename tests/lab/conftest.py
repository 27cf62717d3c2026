"""Fixtures: a host that the tests of a file share, on a network of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import unavailable
from tests.lab.host import LabHost, check_lab, lab_root
from tests.lab.network import own_network
from tests.services import ServiceMissing


@pytest.fixture(scope="module")
def huginn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabHost]:
    try:
        check_lab()
        lab_root()  # now: once in the lab's own network there is no way to fetch it
        with own_network(), LabHost(tmp_path_factory.mktemp("lab"), "huginn") as host:
            yield host
    except ServiceMissing as error:
        unavailable(error)
