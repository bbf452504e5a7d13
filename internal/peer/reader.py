"""Prints what a Python module reads in one .evtx file, as NDJSON.

usage: reader.py rust|python FILE.evtx

    rust    evtx (PyPI), bindings of the Rust reader: {"record_id", "event"}
    python  Evtx (python-evtx; Debian's python3-evtx): {"offset", "record_id", "xml"}

A record that the module cannot read is {"error": ...} with what is known of it.
Exit status 3: the module is not installed.
"""

import json
import sys


def rust(path):
    import evtx

    # One thread: the records come in the order of the file.
    records = iter(evtx.PyEvtxParser(path, 1).records_json())
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except Exception as e:  # RuntimeError or OSError, by where the damage is
            yield {"error": str(e)}
            continue
        yield {"record_id": record["event_record_id"], "event": json.loads(record["data"])}


def python(path):
    import Evtx.Evtx

    with Evtx.Evtx.Evtx(path) as log:
        for record in log.records():
            line = {"offset": record.offset(), "record_id": record.record_num()}
            try:
                line["xml"] = record.xml()
            except Exception as e:  # it raises whatever its parser stumbles over
                line["error"] = repr(e)
            yield line


def main():
    readers = {"rust": (rust, "evtx"), "python": (python, "Evtx")}
    if len(sys.argv) != 3 or sys.argv[1] not in readers:
        sys.exit(__doc__)
    read, module = readers[sys.argv[1]]
    try:
        __import__(module)
    except ImportError as e:
        print(e, file=sys.stderr)
        sys.exit(3)
    for line in read(sys.argv[2]):
        print(json.dumps(line))


main()
