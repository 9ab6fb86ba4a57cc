"""The relay bench in its short form: the figures are there and the load arrived; no time is judged."""

import asyncio

from tests.bench.janus import janus_is_here
from tests.bench.load import cpu_seconds
from tests.bench.relay import bench


async def test_bench_reports_every_key_with_a_figure() -> None:
    result = await bench(rounds=1, seconds=1.5, subscribers=4, packets=2_000)
    expected = {"ours_us_per_packet", "floor_us_per_packet", "ratio_to_floor"}
    if janus_is_here():
        expected |= {"janus_us_per_packet", "ratio_to_janus"}
    assert all(result[key] > 0 for key in expected)
    if not janus_is_here():
        assert result["janus_us_per_packet"] is None
        assert result["ratio_to_janus"] is None
    for rounds in result["rounds"].values():
        assert all(one["delivered_share"] >= 0.95 and one["refused"] == 0 for one in rounds)


async def test_cpu_is_counted_for_another_process_and_all_its_threads() -> None:
    process = await asyncio.create_subprocess_exec(
        "python3", "-c", "import sys; sum(n * n for n in range(3_000_000)); print('done', flush=True); sys.stdin.read()",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    await process.stdout.readline()
    assert 0.05 < cpu_seconds(process.pid) < 20
    process.stdin.close()
    await process.wait()
