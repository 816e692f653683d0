"""`python -m gpu_census_tests.stand_in`: play every recording on a port, to try a refresh by hand.

    python -m gpu_census_tests.stand_in --port 8800 --fault 429=2:api.example.com:3 --fault hang::10+
    GPU_CENSUS_REPLAY=http://127.0.0.1:8800 gpu-census refresh

`--help` lists the kinds of faults.
"""

from __future__ import annotations

import argparse
import inspect
import signal
import threading
from pathlib import Path

from gpu_census_tests.stand_in.faults import fault_spelled
from gpu_census_tests.stand_in.kinds import KINDS, statuses
from gpu_census_tests.stand_in.recordings import FOLDER, Recording, recordings
from gpu_census_tests.stand_in.seen import Seen
from gpu_census_tests.stand_in.server import Gives, StandIn
from gpu_census_tests.stand_in.synthetic import AzurePrices, Pages


def _arguments() -> argparse.Namespace:
    known = {"429, any status": statuses.status} | KINDS
    kinds = "\n".join(f"  {name:20}{(inspect.getdoc(kind) or '').splitlines()[0]}" for name, kind in known.items())
    parser = argparse.ArgumentParser(
        prog="python -m gpu_census_tests.stand_in",
        description="Play every recording on a port of this machine, for GPU_CENSUS_REPLAY.",
        epilog=f"kinds of faults:\n{kinds}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8800, help="0 for any that is free")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="before each answer")
    parser.add_argument("--etags", action="store_true", help="answer 304 where the asker has the answer already")
    parser.add_argument("--recordings", type=Path, default=FOLDER, metavar="DIR", help="other recordings than ours")
    parser.add_argument("--azure-pages", type=int, metavar="N", help="make up Azure prices of N pages a region")
    parser.add_argument("--pages", type=int, metavar="N", help="make up N small pages of pages.example.com")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[=VALUE][:HOST:NTH]",
        help="play a fault on the NTH request of HOST (empty for any); 3x5: five times from the third on, 3+: for ever",
    )
    arguments = parser.parse_args()
    try:
        arguments.faults = [fault_spelled(text) for text in arguments.fault]
    except ValueError as error:
        parser.error(str(error))
    return arguments


def _tell(seen: Seen) -> None:
    print(seen.status, seen.method, seen.url, *seen.faults, flush=True)


def main() -> None:
    """Play until interrupted."""
    arguments = _arguments()
    plays: list[Recording | Gives] = []
    if arguments.azure_pages:
        plays.append(AzurePrices(pages=arguments.azure_pages))
    if arguments.pages:
        plays.append(Pages(arguments.pages))
    plays.extend(recordings(arguments.recordings))
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with StandIn(
        plays,
        faults=arguments.faults,
        delay=arguments.delay,
        etags=arguments.etags,
        port=arguments.port,
        told=_tell,
    ) as cloud:
        print(f"GPU_CENSUS_REPLAY={cloud.base}", f"({len(plays)} recordings)", flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
