package evtx_test

import "unicode/utf16"

// oddXML is the data of oddities-xml.evtx by event id, as the documentation of
// the column data has it: EventData by name with no wrapper, unnamed Data in the
// list Data, UserData by its root element, attributes beside #text.
var oddXML = map[uint16]string{
	1:  `{"MyEvent":{"Property":1,"Property2":"two"}}`,
	2:  `{"Rule":{"id":7,"name":"a & b","Part":["a & b","<c>"]}}`,
	3:  `{"BareElement":{"Value":"3"}}`,
	4:  `{"Form":"bare instance"}`,
	5:  `{"Outer":{"Before":"outer","Middle":{"Core":"innermost"},"After":"outer again"}}`,
	6:  `{"Data":["first","","third & last"],"Binary":"DEADBEEF"}`,
	7:  `{}`,
	8:  `{"Qualifiers":49152}`,
	9:  `{}`,
	10: `{"Name":"OddNames","Data":["unnamed",2,"unnamed",""],"Twice":["first","second"],"Nothing":""}`,
	11: `{"Direct":{"Inner":"no template here","Flag":{"on":"true"}}}`,
	12: `{"Holder":{"Held":"value of the definition","Own":"value of the record"}}`,
	13: `{"Entities":{"All":"a<b&>c\"'","Alone":"&","First":"<x"}}`,
	14: `{"Characters":{"#text":"euro € and &"}}`,
	15: `{"Section":{"#text":"before <raw> & more after"}}`,
	16: `{"Link":{"href":"https://example.net/?a=1&b=2","title":"number 3 of 9"}}`,
	17: `{"Instructed":{"#text":"text"}}`,
	18: `{"Kept":"kept","NormalNull":null,"EmptyText":"","AttributeNull":{"Empty":"","#text":"kept"}}`,
	19: `{"NullOfTwo":null,"Behind":"read at the right place"}`,
	20: `{"Empties":{"Short":"","Long":"","List":""}}`,
	21: `{"Around":"<42 of 100>"}`,
	22: `{"Root":{"Leaf":{"kind":"k","#text":"v"}}}`,
	23: `{"Text":"all text","Data":["18"]}`,
	24: `{"EventXML":{"Param1":"alice","Param2":"","Param3":"192.0.2.44"}}`,
}

// oddValues is the data of oddities-values.evtx by event id, and the codes of
// what is said of it.
var oddValues = map[uint16]struct{ data, odd string }{
	1: {`{"Int8Min":-128,"Int8Max":127,"UInt8Max":255,"Int16Min":-32768,"UInt16Max":65535,"Int32Min":-2147483648,"UInt32Max":4294967295,
		"Int64Min":"-9223372036854775808","Int64Max":"9223372036854775807","UInt64Max":"18446744073709551615","MinusOne":-1}`, ""},
	2: {`{"Plain":"plain","Terminated":"terminated","Empty":"","OnlyNUL":"","Lines":"one\r\ntwo\n\tthree","Markup":"<a href=\"b\">&amp;</a>",
		"BeyondBMP":"\ud83d\udd11"}`, ""},
	3: {`{"ASCII":"plain","Latin":"café","Terminated":"nul","Empty":""}`, "ansi-code-page"},
	4: {`{"Half":0.5,"Tenth":0.1,"NegativeZero32":-0,"Infinity32":"INF","NaN32":"NaN","Pi":"3.141592653589793","Huge":"1.7976931348623157e+308",
		"Tiny":"5e-324","NegativeInfinity":"-INF","NaN64":"NaN"}`, ""},
	5: {`{"False":false,"True":true,"Two":true,"AllOnes":true,"ByteFalse":false,"ByteTrue":true}`, ""},
	6: {`{"Binary":"007F80FF","BinaryEmpty":"","GUID":"00112233-4455-6677-8899-aabbccddeeff","SIDNobody":"S-1-0-0","SIDNoSub":"S-1-5",
		"SIDUser":"S-1-5-21-1111111111-2222222222-3333333333-500","SIDFifteen":"S-1-15-1-2-3-4-5-6-7-8-9-10-11-12-13-14-4294967295",
		"SIDAuthority":"S-1-0xffffffffffff-1","FileTimeZero":"1601-01-01T00:00:00.0000000Z","FileTimeLeap":"2024-02-29T23:59:59.9999999Z",
		"SysTime":"2024-02-29T23:59:58.9990000Z"}`, ""},
	7: {`{"Hex32":"0xbeef","Hex32Zero":"0x0","Hex64":"0xffffffffffffffff","Pointer":"0x7ff6a0b01000","Pointer32":"0x401000",
		"SizeT4":"0x4030201","SizeT8":"0x807060504030201"}`, ""},
	8: {`{"Strings":["one","two","three"],"Int8s":[-1,1],"UInt8s":[1,255],"Int16s":[-1,1],"UInt16s":[1,65535],"Int32s":[-1,1],
		"UInt32s":[1,4294967295],"Int64s":["-1","1"],"UInt64s":["1","18446744073709551615"],"Real32s":[0.5,-2],"Real64s":["0.5","-2"],
		"GUIDs":["0d1e2f30-4152-4637-8495-a6b7c8d9eafb","0c478c5b-0351-41b1-8c58-4a6737da32e3"],
		"FileTimes":["2024-02-29T23:59:59.9999999Z","1601-01-01T00:00:00.0000000Z"],
		"SysTimes":["2024-02-29T23:59:58.9990000Z","1601-01-01T00:00:00.0000000Z"],
		"Hex32s":["0x1","0xff"],"Hex64s":["0x1","0xff"],"SizeTs":["0x1","0x2"]}`, ""},
	9: {`{"NoStrings":[],"OneNumber":[1],"OneString":["one"],"EmptyString":[""],"EmptyAmong":["a","","c"],"EmptyLast":["a",""],
		"Unterminated":["a","b"]}`, ""},
	10: {`{"StringForNumber":"12","NumberForString":12,"HexForNumber":"0xc","SmallForLarge":12,"BinaryForArray":"0102",
		"Behind":"read at the right place"}`, ""},
	11: {`{"TwoNUL":"two","NULWithin":"a\u0000b","HighSurrogate":"a\ufffdb","LowSurrogate":"\ufffdc"}`, ""},
	12: {`{"Odd":"xy","Behind":"read at the right place"}`, "value-size"},
	13: {`{"FileTimeLast":"9999-12-31T23:59:59.9999999Z","FileTimeBehind":"+10000-01-01T00:00:00.0000000Z",
		"FileTimeMax":"+60056-05-28T05:36:10.9551615Z","SysTimeZero":"00000000000000000000000000000000",
		"SysTimeOut":"E8070D000900200019003D003D00E803"}`, "value-undecodable value-undecodable"},
	14: {`{"AnsiStrings":["one","two"],"Bools":[true,false],"SIDs":["S-1-5-18","S-1-0-0"]}`, ""},
	15: {`{"NullString":null,"NullNumber":null,"NullTwoBytes":null,"NullArray":null,"NoNumbers":[],"Behind":"read at the right place"}`, ""},
	16: {`{"UInt32InTwo":513,"UInt16InFour":131073,"UInt64Empty":"","GUIDCut":"01020304","SIDCut":"010200000000000501000000",
		"FileTimeCut":"01020304","ArrayRest":[1,"0200"],"Behind":"read at the right place"}`,
		"value-size value-size value-undecodable value-undecodable value-undecodable value-undecodable value-size"},
}

// decodeUTF16 replaces each lone surrogate by U+FFFD.
func decodeUTF16(units []uint16) string { return string(utf16.Decode(units)) }
