"""Whether the service says truly that it runs and can work."""

from __future__ import annotations

from tests.support.service import Service


def test_a_service_whose_memory_answers_is_live_and_ready(service: Service) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = service.client.get(path)

        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_service_whose_memory_is_gone_is_live_and_not_ready(service: Service) -> None:
    service.memory.database.engine.dispose()
    service.path.unlink()
    service.path.with_name("service.db-wal").unlink(missing_ok=True)
    service.path.mkdir()

    answer = service.client.get("/health/ready")

    assert (answer.status_code, answer.json()["detail"]) == (
        503,
        "a memory of the service does not answer",
    )
    assert service.client.get("/health/live").status_code == 200
