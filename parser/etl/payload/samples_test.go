package payload_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/qmparse/qmparse/parser/etl/payload"
)

const samples = "../../../../shared/samples/etl"

// The TraceLogging events of real traces decode to their last byte and agree
// with what etl-parser 1.0.1 reads of them. Compressed buffers are left out.
func TestSamples(t *testing.T) {
	for _, c := range []struct {
		file, provider string
		events         int
		last           string // the last event
	}{
		{"airbus_AMSITrace.etl", "AmsiTrace", 19,
			`{"#name":"AmsiScript","Engine":"VBScript","Script":"IWshShell3.Run(\"powershell.exe -nop -w 1 -enc RwBlAHQALQBBAGwAaQBhAHMA\", \"0\", \"true\");\r\n",` +
				`"Raw Script":"IWshShell3.Run(\"powershell.exe -nop -w 1 -enc RwBlAHQALQBBAGwAaQBhAHMA\", \"0\", \"true\");\r\n"}`},
		{"airbus_lxcore_kernel.etl", "Microsoft.Windows.Subsystem.LxCore", 2,
			`{"#name":"BreakPoint","ErrorLevel":2,"instanceId":"00000000-0000-0000-0000-000000000000","LxPid":-1,"LxTid":-1,"LxNs":0,"ExecutablePath":"",` +
				`"Function":"LxpDrvFsTypeMount","Line":10528,"Message":"Failed to open volume C:\\WINDOWS\\system32\\lxss\\tools, result -2\n"}`},
		{"s4_SIH.20230422.etl", "SIHTraceLogging", 10, `{"#name":"SIH","Info":"NoOp success."}`},
		{"s4_WindowsUpdate.20251008.etl", "WUTraceLogging", 80, `{"#name":"Shared","Info":"* END * Service exit Exit code = 0x240001"}`},
		{"s4_waasmedic.20251005.etl", "Microsoft.Windows.WaaSMedic.Local", 17, `{"#name":"Info","m":"** Service stopping **"}`},
	} {
		b, err := os.ReadFile(filepath.Join(samples, c.file))
		if err != nil {
			t.Skip("no real traces: ", err)
		}
		n, last := 0, ""
		for e, traits := range traceLogging(b) {
			data, diags, _, err := decode(t, e)
			if err != nil || len(diags) > 0 {
				t.Errorf("%s at %#x: %v, %q", c.file, e.Offset, err, diags)
			}
			if name, _ := payload.ProviderTraits(traits); name != c.provider {
				t.Errorf("%s: provider %q", c.file, name)
			}
			n++
			last = data
		}
		if n != c.events || last != c.last {
			t.Errorf("%s: %d events, %s", c.file, n, last)
		}
	}
}

// traceLogging yields the events of a trace that have a schema: those in buffers
// that are not compressed.
func traceLogging(b []byte) func(yield func(e *payload.Event, traits []byte) bool) {
	return func(yield func(*payload.Event, []byte) bool) {
		le := binary.LittleEndian
		for ; len(b) >= 0x48; b = b[le.Uint32(b):] {
			size, filled := le.Uint32(b), le.Uint32(b[0x30:])
			if le.Uint16(b[0x34:])&0x40 != 0 {
				continue
			}
			buffer := b[:min(size, filled)]
			for at := 0x48; at+8 <= len(buffer) && buffer[at+3] == 0xC0; {
				r := buffer[at:]
				n := le.Uint16(r)
				event := r[2] == 0x12 || r[2] == 0x13
				if !event {
					n = le.Uint16(r[4:])
				}
				at += int(n+7) &^ 7
				if !event || le.Uint16(r[4:])&1 == 0 {
					continue
				}
				e := &payload.Event{PointerSize: 8, Offset: base, SchemaOffset: schemaBase}
				var traits []byte
				next := 80
				for more := true; more; {
					item := r[next:]
					data := item[8 : 8+le.Uint16(item[6:])]
					switch le.Uint16(item[2:]) {
					case 11:
						e.Schema = data
					case 12:
						traits = data
					}
					more = le.Uint16(item[4:])&1 != 0
					next += int(le.Uint16(item))
				}
				e.Payload = r[next:n]
				if e.Schema != nil && !yield(e, traits) {
					return
				}
			}
		}
	}
}
