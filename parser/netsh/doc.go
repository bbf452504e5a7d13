// Package netsh reads the net events that netsh writes as XML: netevents.xml of
// "netsh wfp show netevents", and wfpdiag.xml, which "netsh wfp capture" puts
// into wfpdiag.cab. Each is what netsh prints of an FWPM_NET_EVENTn:
//
//	<netEvents>                             or /wfpdiag/events, <netEvent> each
//	  <item>
//	    <header>
//	      <timeStamp>2020-10-07T01:03:56.281Z</timeStamp>
//	      <flags numItems="2"><item>FWPM_NET_EVENT_FLAG_IP_VERSION_SET</item>…
//	      <ipVersion>FWP_IP_VERSION_V4</ipVersion>
//	      …
//	    </header>
//	    <type>FWPM_NET_EVENT_TYPE_IKEEXT_QM_FAILURE</type>
//	    <ikeQmFailure>…</ikeQmFailure>
//	    <internalFields>…</internalFields>
//	  </item>
//	</netEvents>
//
// An event is any element with a header and a type, wherever it stands. Its
// elements have the names of the structures' members:
// https://learn.microsoft.com/windows/win32/api/fwpmtypes/ns-fwpmtypes-fwpm_net_event5
//
// Microsoft does not describe the XML. The header, the types, the
// FWP_CONDITION_VALUE0 and the way errors are named are those of dumps that its
// documentation shows:
// https://learn.microsoft.com/windows/security/operating-system-security/network-security/windows-firewall/troubleshooting-uwp-firewall
// No failure of IKE is among them; that the bodies ikeQmFailure, ikeMmFailure and
// ikeEmFailure follow the same rule is inferred. So is the name of the computer
// in wfpdiag.xml's sysInfo. Names are therefore taken in any case, enumerators
// as names or numbers, error codes as symbols or numbers; what cannot be read is
// unknown and has a diagnostic with the text.
//
// # What is read
//
// UTF-8 and UTF-16, by the first bytes; memory does not grow with the file. A
// sequence of elements without a root, as an excerpt has, is read too. Netsh
// writes an & in a filter's descriptor as it is, so a dump need not be well-formed:
// an & that begins no reference stands for itself.
//
// Otherwise what is malformed within an event costs that event and no other: a
// text between elements, a character that XML lacks, a tag that does not end, an
// end tag that does not fit. An event that another one of its name is found in is
// not closed, and lost. Each such place is one error with its offset and with how
// many bytes are not read; places without a whole event between them are one. A
// file that was cut gives the events that are whole, and one error.
//
// Refused are documents with a document type or entity declarations, from there
// on, and what goes beyond the limits: see limits.go.
//
// # Diagnostics
//
//	address-unreadable
//	address-without-version     ipVersion is neither V4 nor V6, or not set
//	body-missing                no structure for the type, or an empty one
//	condition-type-unreadable
//	condition-unreadable        the value of a condition; its type is kept
//	count-differs               a list without all its items
//	diagnostics-cut             there are more
//	enumerator-unreadable
//	error-code-unreadable
//	field-missing               names that should be there, or have a text
//	field-repeated              one name twice; neither is taken
//	field-type-unexpected       elements instead of a text
//	flag-unreadable
//	guid-unreadable
//	hex-unreadable
//	number-unreadable
//	sid-unreadable
//	text-not-escaped            an & that begins no reference
//	text-not-utf8
//	text-odd-size               the last byte of an appId is no character
//	text-too-long
//	time-unreadable
//	type-by-body                the type cannot be read or is not known; the structure tells
//
// and those of [netevent.AppendDiagnostics].
package netsh
