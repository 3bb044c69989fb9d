"""``python -I -m db2hdl.prove.worker TASK RESULT``: prove one link in a process of its own."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

from db2hdl.prove.task import READY, Task, run
from db2hdl_hw.errors import Db2hdlError
from db2hdl_hw.files import whole_file


def main(task_file: str, result_file: str) -> int:
    """Prove the task of a file and write the result, or the error, into another."""
    task = Task.loads(Path(task_file).read_text())
    record: dict[str, Any]
    try:
        record = {"result": run(task, Path(READY).touch).as_json()}
    except KeyboardInterrupt:
        return 130
    except Db2hdlError as error:
        record = {"error": str(error), "kind": type(error).__name__}
    except Exception as error:
        traceback.print_exc()
        record = {"error": f"{type(error).__name__}: {error}", "kind": "Db2hdlError"}
    with whole_file(Path(result_file)) as temporary:
        temporary.write_text(json.dumps(record))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
