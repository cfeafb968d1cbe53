"""What a tool is made to do: a registry of cases, and how they are run."""

import importlib.metadata
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from zt_mock import Mock

Case = Callable[[Mock], None]

# A case that takes longer hangs.
LONGEST_SECONDS = 60


@dataclass
class Tool:
    """Somebody else's program, by the name of its distribution, and the cases it has to pass."""

    package: str
    cases: list[Case] = field(default_factory=list)

    def case(self, function: Case) -> Case:
        """Registers a case. Its name is the function's, and says what holds."""
        self.cases.append(function)
        return function

    @property
    def version(self) -> str:
        """The version that is installed."""
        return importlib.metadata.version(self.package)


@dataclass
class Outcome:
    """What came of one tool."""

    tool: Tool
    passed: int = 0
    failed: int = 0

    @property
    def good(self) -> bool:
        """Nothing failed, and something was tried."""
        return self.failed == 0 and self.passed > 0


def run(tool: Tool, mock: Mock) -> Outcome:
    """Runs every case of a tool, each in a fresh world, and prints what came of it."""
    outcome = Outcome(tool)
    print(f"\n{tool.package} {tool.version}")
    for case in tool.cases:
        title = case.__name__.replace("_", " ")
        mock.reset()
        try:
            with deadline(LONGEST_SECONDS):
                case(mock)
        except Exception:
            outcome.failed += 1
            print(f"  FAILED  {title}\n{traceback.format_exc()}")
        else:
            outcome.passed += 1
            print(f"  ok      {title}")
    return outcome


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Raises TimeoutError in the block when it takes too long."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not done after {seconds} seconds")

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


@contextmanager
def expected(kind: type[Exception], word: str = "") -> Iterator[None]:
    """Expects that the block raises an error of this kind, in whose text the word is."""
    try:
        yield
    except kind as error:
        assert word in str(error), f"raised {kind.__name__}, but says: {error}"
    else:
        raise AssertionError(f"did not raise {kind.__name__}")
