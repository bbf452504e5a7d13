package binxml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// The rules of `data`, one by one, for events of EventData.
func TestEventDataAsJSON(t *testing.T) {
	unnamed := func(content string) string { return element("Data", "02 "+content+" 04", false) }
	u32 := value{binxml.TypeUInt32, "07000000"}
	str := value{binxml.TypeString, "78000000"}
	for _, c := range []struct {
		name, content string
		want          rendered
	}{
		{"names and values, no wrapper", dataHand("a", "0d 0000 08") + dataHand("b", "0d 0100 01"),
			rendered{`{"a":7,"b":"x"}`, "<Data Name='a'>7</Data><Data Name='b'>x</Data>"}},
		{"literal values are text", dataHand("a", `05 01 "7"`), rendered{`{"a":"7"}`, "<Data Name='a'>7</Data>"}},
		{"a name that repeats is an array where it was first", dataHand("a", "0d 0000 08") + dataHand("b", "0d 0100 01") + dataHand("a", "0d 0100 01"),
			rendered{`{"a":[7,"x"],"b":"x"}`, "<Data Name='a'>7</Data><Data Name='b'>x</Data><Data Name='a'>x</Data>"}},
		{"unnamed Data are the array Data", unnamed("0d 0000 08") + unnamed("0d 0100 01"), rendered{`{"Data":[7,"x"]}`, "<Data>7</Data><Data>x</Data>"}},
		{"one unnamed Data is an array too", unnamed("0d 0000 08"), rendered{`{"Data":[7]}`, "<Data>7</Data>"}},
		{"unnamed and empty", unnamed(""), rendered{`{"Data":[""]}`, "<Data/>"}},
		{"unnamed among named", unnamed("0d 0000 08") + dataHand("a", "0d 0000 08") + unnamed("0d 0100 01"),
			rendered{`{"Data":[7,"x"],"a":7}`, "<Data>7</Data><Data Name='a'>7</Data><Data>x</Data>"}},
		{"an empty Name is none", dataHand("", "0d 0000 08"), rendered{`{"Data":[7]}`, "<Data Name=''>7</Data>"}},
		{"Data that is named Data", dataHand("Data", "0d 0000 08") + unnamed("0d 0100 01"), rendered{`{"Data":[7,"x"]}`, "<Data Name='Data'>7</Data><Data>x</Data>"}},
		{"Binary", element("Binary", "02 0d 0200 0e 04", false), rendered{`{"Binary":"DEADBEEF"}`, "<Binary>DEADBEEF</Binary>"}},
		{"a Name of a value", element("Data", "00000000 06 'Name' 0d 0100 01 02 0d 0000 08 04", true), rendered{`{"x":7}`, "<Data Name='x'>7</Data>"}},
		{"a Name of several tokens", element("Data", `00000000 06 'Name' 45 01 "a" 49 'amp' 0d 0100 01 02 0d 0000 08 04`, true),
			rendered{`{"a&x":7}`, "<Data Name='a&amp;x'>7</Data>"}},
		{"a Name of a value that is another's", element("Data", "00000000 06 'Name' 0d 0100 01 02 0d 0000 08 04", true) + dataHand("x", "0d 0100 01"),
			rendered{`{"x":[7,"x"]}`, "<Data Name='x'>7</Data><Data Name='x'>x</Data>"}},
		{"a Name of a value that is an element's", element("Data", "00000000 06 'Name' 0d 0100 01 02 0d 0000 08 04", true) + element("x", "02 0d 0100 01 04", false),
			rendered{`{"x":[7,"x"]}`, "<Data Name='x'>7</Data><x>x</x>"}},
		{"NULL beside an attribute is no text", attributed("Data", "k", "0d 0100 01", "0d 0300 01"), rendered{`{"Data":[{"k":"x"}]}`, "<Data k='x'/>"}},
		{"Data with another attribute", element("Data", `00000000 46 'Name' 05 01 "a" 06 'k' 0d 0100 01 02 0d 0000 08 04`, true),
			rendered{`{"a":{"k":"x","#text":7}}`, "<Data Name='a' k='x'>7</Data>"}},
		{"unnamed Data with an attribute", attributed("Data", "k", "0d 0100 01", "0d 0000 08"), rendered{`{"Data":[{"k":"x","#text":7}]}`, "<Data k='x'>7</Data>"}},
		{"Data with a namespace", element("Data", `00000000 46 'xmlns' 05 01 "urn:x" 06 'Name' 05 01 "a" 02 0d 0000 08 04`, true),
			rendered{`{"a":7}`, "<Data xmlns='urn:x' Name='a'>7</Data>"}},
		{"Data of elements", dataHand("a", element("E", "02 0d 0000 08 04", false)+element("E", "02 0d 0100 01 04", false)),
			rendered{`{"a":{"E":[7,"x"]}}`, "<Data Name='a'><E>7</E><E>x</E></Data>"}},
		{"elements that are no Data", element("ComplexData", `00000000 06 'Name' 05 01 "c" 02 `+element("E", "02 0d 0000 08 04", false)+" 04", true) + dataHand("a", "0d 0000 08"),
			rendered{`{"ComplexData":{"Name":"c","E":7},"a":7}`, "<ComplexData Name='c'><E>7</E></ComplexData><Data Name='a'>7</Data>"}},
		{"text between", `45 01 "\r\n  " ` + dataHand("a", "0d 0000 08") + ` 05 01 " "`, rendered{`{"a":7}`, "&#13;\n  <Data Name='a'>7</Data> "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantHand(t, templated(eventDataHand(c.content), u32, str, value{binxml.TypeBinary, "deadbeef"}, null),
				rendered{c.want.json, "<Event><EventData>" + c.want.xml + "</EventData></Event>"})
		})
	}
	// Attributes of EventData are keys by local name, namespaces are none.
	wantHand(t, templated(eventHand(element("EventData", `00000000 46 'Name' 05 01 "n" 46 'xmlns:q' 05 01 "urn:q" 06 'q:k' 0d 0000 08 02 `+dataHand("a", "0d 0000 08")+" 04", true)), u32),
		rendered{`{"Name":"n","k":7,"a":7}`, "<Event><EventData Name='n' xmlns:q='urn:q' q:k='7'><Data Name='a'>7</Data></EventData></Event>"})
}

// The rules for events of UserData, and of anything else.
func TestUserDataAsJSON(t *testing.T) {
	u32 := value{binxml.TypeUInt32, "07000000"}
	str := value{binxml.TypeString, "78000000"}
	e := func(name, content string) string { return element(name, "02 "+content+" 04", false) }
	for _, c := range []struct {
		name, content string
		want          rendered
	}{
		{"the root is always an object", e("R", ""), rendered{`{"R":{}}`, "<R/>"}},
		{"also of text", e("R", "0d 0000 08"), rendered{`{"R":{"#text":7}}`, "<R>7</R>"}},
		{"elements by name", e("R", e("A", "0d 0000 08")+e("B", "0d 0100 01")), rendered{`{"R":{"A":7,"B":"x"}}`, "<R><A>7</A><B>x</B></R>"}},
		{"an empty element is empty text", e("R", e("A", "")), rendered{`{"R":{"A":""}}`, "<R><A/></R>"}},
		{"elements within elements", e("R", e("A", e("B", e("C", "0d 0000 08")))), rendered{`{"R":{"A":{"B":{"C":7}}}}`, "<R><A><B><C>7</C></B></A></R>"}},
		{"a name that repeats", e("R", e("A", "0d 0000 08")+e("B", "")+e("A", "0d 0100 01")), rendered{`{"R":{"A":[7,"x"],"B":""}}`, "<R><A>7</A><B/><A>x</A></R>"}},
		{"objects that repeat", e("R", attributed("A", "k", `05 01 "1"`, "")+attributed("A", "k", `05 01 "2"`, "")),
			rendered{`{"R":{"A":[{"k":"1"},{"k":"2"}]}}`, "<R><A k='1'/><A k='2'/></R>"}},
		{"attributes", attributed("R", "k", "0d 0000 08", ""), rendered{`{"R":{"k":7}}`, "<R k='7'/>"}},
		{"text beside attributes", attributed("R", "k", "0d 0000 08", "0d 0100 01"), rendered{`{"R":{"k":7,"#text":"x"}}`, "<R k='7'>x</R>"}},
		{"text beside elements", e("R", `45 01 "a" `+e("A", "")+` 05 01 "b"`), rendered{`{"R":{"A":"","#text":"ab"}}`, "<R>a<A/>b</R>"}},
		{"white space beside elements", e("R", `05 01 "\r\n\t " `+e("A", "")+` 05 01 " "`), rendered{`{"R":{"A":""}}`, "<R>&#13;\n\t <A/> </R>"}},
		{"white space alone", e("R", e("A", `05 01 " "`)), rendered{`{"R":{"A":" "}}`, "<R><A> </A></R>"}},
		{"an attribute and an element of one name", attributed("R", "A", "0d 0000 08", e("A", "0d 0100 01")), rendered{`{"R":{"A":[7,"x"]}}`, "<R A='7'><A>x</A></R>"}},
		{"Data is a name like any", e("R", dataHand("a", "0d 0000 08")), rendered{`{"R":{"Data":{"Name":"a","#text":7}}}`, "<R><Data Name='a'>7</Data></R>"}},
		{"EventData is a name like any", e("EventData", dataHand("a", "0d 0000 08")+dataHand("b", "0d 0100 01")),
			rendered{`{"EventData":{"Data":[{"Name":"a","#text":7},{"Name":"b","#text":"x"}]}}`, "<EventData><Data Name='a'>7</Data><Data Name='b'>x</Data></EventData>"}},
		{"two roots", e("R", e("A", "0d 0000 08")) + e("S", e("B", "0d 0100 01")), rendered{`{"R":{"A":7},"S":{"B":"x"}}`, "<R><A>7</A></R><S><B>x</B></S>"}},
		{"two roots of one name", e("R", e("A", "0d 0000 08")) + e("R", e("B", "0d 0100 01")), rendered{`{"R":[{"A":7},{"B":"x"}]}`, "<R><A>7</A></R><R><B>x</B></R>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantHand(t, templated(userDataHand(c.content), u32, str), rendered{c.want.json, "<Event><UserData>" + c.want.xml + "</UserData></Event>"})
		})
	}
	for _, c := range []struct{ parts, json string }{
		{e("DebugData", e("A", "0d 0000 08")), `{"DebugData":{"A":7}}`},
		{e("ProcessingErrorData", e("ErrorCode", "0d 0000 08")+e("DataItemName", "0d 0100 01")), `{"ProcessingErrorData":{"ErrorCode":7,"DataItemName":"x"}}`},
		{e("BinaryEventData", "0d 0100 01"), `{"BinaryEventData":"x"}`},
		{e("EventData", dataHand("a", "0d 0000 08")) + attributed("RenderingInfo", "Culture", `05 01 "en-US"`, e("Message", "0d 0100 01")),
			`{"a":7,"RenderingInfo":{"Culture":"en-US","Message":"x"}}`},
		{e("UserData", e("R", "")) + e("RenderingInfo", ""), `{"R":{},"RenderingInfo":""}`},
		{element("EventData", "03", false) + element("UserData", "03", false), `{}`},
		{e("System", e("EventID", "0d 0000 08")) + e("EventData", dataHand("a", "0d 0000 08")), `{"a":7}`},
	} {
		doc, d := decodeHand(t, templated(eventHand(c.parts), u32, str))
		if got := jsonOf(t, doc); got != c.json {
			t.Errorf("%s, want %s", got, c.json)
		}
		wantCodes(t, d)
	}
}

// More members than are compared pair by pair, with and without repeated names.
func TestManyMembers(t *testing.T) {
	for _, n := range []int{127, 128, 129, 300} {
		for _, name := range []string{"", "0d 0000 01"} { // in the template and as a value
			var content, want strings.Builder
			var values []value
			for i := range n {
				key := fmt.Sprintf("k%d", i%(n-1)) // the last is the first's
				attribute := `05 01 "` + key + `"`
				if name != "" {
					attribute = fmt.Sprintf("0d %s 01", le16hex(i))
				}
				values = append(values, value{binxml.TypeString, fmt.Sprintf("%x", evtxbuild.String(key).Data)})
				content.WriteString(attributed("Data", "Name", attribute, fmt.Sprintf(`05 01 "%d"`, i)))
				switch i {
				case 0:
					fmt.Fprintf(&want, `"k0":["0","%d"]`, n-1)
				case n - 1:
				default:
					fmt.Fprintf(&want, `,"%s":"%d"`, key, i)
				}
			}
			doc, _ := decodeHand(t, templated(eventDataHand(content.String()), values...))
			if got := jsonOf(t, doc); got != "{"+want.String()+"}" {
				t.Errorf("%d members: %s", n, got)
			}
		}
	}
}

// JSON is appended: what was in the buffer stays, also when there is no data or
// an error.
func TestJSONIsAppended(t *testing.T) {
	const before = `{"x":1},`
	for _, c := range []struct{ source, want string }{
		{templated(eventDataHand(dataHand("a", `05 01 "1"`) + dataHand("a", `05 01 "2"`))), before + `{"a":["1","2"]}`},
		{templated(eventHand("")), before},
		{templated(eventHand(element("A", "03", false) + element("B", "03", false))), before + `{"A":"","B":""}`},
		{withBody(eventHand(`0e 0000 21`), `01 00000000 'EventData' 02 `+`41 00000000 'Data' 00000000 06 'Name' 05 01 "a" 02 05 01 "x" 04 ff`), before},
		{withBody(eventDataHand(dataHand("a", `05 01 "1"`)+`0e 0000 21`), `01 00000000 'Data' 02 ff`), before},
		{withBody(eventHand(element("A", "03", false)+`0e 0000 21`), `01 00000000 'Data' 02 ff`), before},
	} {
		doc, _ := decodeHand(t, c.source)
		for range 2 { // and again, with what the first time left in the decoder
			if got, _ := doc.AppendJSON([]byte(before)); string(got) != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		}
	}
}
