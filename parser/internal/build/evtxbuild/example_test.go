package evtxbuild_test

import (
	"fmt"

	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

func Example() {
	f := evtxbuild.New(evtxbuild.Options{Computer: "qm-lab-01.example.net"})
	f.Event(evtxbuild.Event{
		Provider: "Microsoft-Windows-Security-Auditing", EventID: 4654, Version: 1,
		Data: []evtxbuild.Data{
			evtxbuild.D("LocalAddress", evtxbuild.String("192.0.2.10")),
			evtxbuild.D("LocalPort", evtxbuild.UInt32(500)),
		},
	})
	f.Record(evtxbuild.Record{Body: evtxbuild.Document(evtxbuild.El("Event", evtxbuild.Text("a "), evtxbuild.EntityRef("amp"), evtxbuild.Text(" b")))})

	im := f.Image()
	im.SetSizeCopy(1, 0) // the second record is torn
	fmt.Println(len(im.Bytes), len(im.Records), im.Records[1].ID, f.Err())
	// Output: 69632 2 2 <nil>
}
