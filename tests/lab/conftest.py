"""Fixtures: a host that the tests of a file share, on a network of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import unavailable
from tests.lab.host import LabHost
from tests.lab.network import own_network
from tests.services import ServiceMissing


@pytest.fixture(scope="module")
def huginn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabHost]:
    try:
        with own_network(), LabHost(tmp_path_factory.mktemp("lab"), "huginn") as host:
            yield host
    except ServiceMissing as error:
        unavailable(error)
