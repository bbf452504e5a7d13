"""Prints what a Python module reads in .etl files, as NDJSON.

usage: trace_reader.py dissect|etlparser FILE.etl...

    dissect    dissect.etl (PyPI): every record, with its time as ticks of FILETIME;
               the payload with the extended items before it
    etlparser  etl-parser (PyPI): records of EVENT_HEADER and FULL, no time

Both give {"type", "provider", "id", "version", "opcode", "payload"} as far as the
type of the record has them. The records of a file follow {"file": ...}; what the
module raises ends them with {"error": ...}. Exit status 3: the module is not installed.
"""

import json
import sys
from uuid import UUID


def dissect(path):
    from dissect.etl import ETL

    with open(path, "rb") as fh:
        trace = ETL(fh)
        for buffer in trace.buffers():
            for record in buffer:
                h = record.header
                line = {"type": type(h).__name__}
                if line["type"] == "EventHeader":
                    d = h.descriptor
                    line |= {"provider": str(UUID(bytes_le=bytes(h.header.ProviderId))), "id": d.id, "version": d.version, "opcode": d.opcode}
                    line["payload"] = bytes(h.payload).hex()
                elif line["type"] == "EventTraceHeader":
                    line |= {"provider": str(h.provider_id)}
                if hasattr(h.header, "TimeDelta"):
                    line["time"] = trace.get_filetime_for_event(h.time_delta)
                yield line


def etlparser(path):
    from etl.etl import IEtlFileObserver, build_from_stream

    lines = []

    def guid(g):
        return str(UUID(fields=(g.inner.data1, g.inner.data2, g.inner.data3, *g.inner.data4[:2],
                                int.from_bytes(bytes(g.inner.data4[2:]), "big"))))

    class Observer(IEtlFileObserver):
        def on_event_record(self, event):
            h = event.source.event_header
            d = h.event_descriptor
            lines.append({"type": "EventHeader", "provider": guid(h.provider_id), "id": d.Id, "version": d.Version,
                          "opcode": int(d.Opcode), "payload": bytes(event.source.user_data).hex()})

        def on_trace_record(self, event):
            h = event.source.event_header
            lines.append({"type": "EventTraceHeader", "provider": guid(h.guid)})

        def on_perfinfo_trace(self, event):
            pass

        def on_system_trace(self, event):
            pass

        def on_win_trace(self, event):
            pass

    with open(path, "rb") as fh:
        build_from_stream(fh.read()).parse(Observer())
    yield from lines


def main():
    readers = {"dissect": (dissect, "dissect.etl"), "etlparser": (etlparser, "etl")}
    if len(sys.argv) < 3 or sys.argv[1] not in readers:
        sys.exit(__doc__)
    read, module = readers[sys.argv[1]]
    try:
        __import__(module)
    except ImportError as e:
        print(e, file=sys.stderr)
        sys.exit(3)
    for path in sys.argv[2:]:
        print(json.dumps({"file": path}))
        try:
            for line in read(path):
                print(json.dumps(line))
        except Exception as e:  # it raises whatever its parser stumbles over
            print(json.dumps({"error": repr(e)}))


main()
