"""The Python program that the guide about the mock shows, run as it stands.

`terraform` is played by a line of shell that succeeds only with an environment that points at the mock.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PRETENDED = '#!/bin/sh\n[ "$1" = apply ] && [ -n "$OKTA_API_TOKEN" ] && curl -fsS "$OKTA_ORG_URL/.well-known/okta-organization"\n'


def works(guide: Path, mock: Path) -> bool:
    """Whether the program ends well."""
    text = guide.read_text()
    program = text.split("```python\n", 1)[1].split("```", 1)[0]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "zt-mock").symlink_to(mock.resolve())
        terraform = Path(folder) / "terraform"
        terraform.write_text(PRETENDED)
        terraform.chmod(0o755)
        environment = {"PATH": f"{folder}:{os.environ['PATH']}"}
        ended = subprocess.run(
            [sys.executable, "-c", program], env=environment, timeout=60, capture_output=True, text=True
        )
    if ended.returncode:
        print(f"\nthe Python program of {guide.name} fails:\n{ended.stdout}{ended.stderr}")
    return ended.returncode == 0
