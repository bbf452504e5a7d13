// Package quickmode maps a decoded event that tells of an IPsec Quick Mode
// failure to [model.QMFailure]. It sees values, not bytes, and so serves every
// format that yields events. Of a log's events two tell of one:
//
//   - 4654 of Microsoft-Windows-Security-Auditing, versions 0 and 1, of the
//     audit subcategory IPsec Quick Mode
//     (https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-R2-and-2012/dn319107(v=ws.11))
//   - 1007 of Microsoft-Windows-WFP, versions 0 and 1, which mirror
//     FWPM_NET_EVENT_IKEEXT_QM_FAILURE0 and 1 without their subnets
//     (https://learn.microsoft.com/windows/win32/api/fwpmtypes/ns-fwpmtypes-fwpm_net_event_ikeext_qm_failure0)
//
// And net events do, as net-event dumps, netsh's XML and Windows' own traces have
// them: those of type FWPM_NET_EVENT_TYPE_IKEEXT_QM_FAILURE,
// [model.Event.NetEvent].
//
// A value that cannot be read for certain is unknown on the failure and has a
// diagnostic with what was found: numbers with signs or out of range, texts of
// another language, message parameters without a meaning here, addresses whose
// form is in doubt. The diagnostics' codes are
//
//	address-families-differ     the two sides are not of one IP version
//	address-form-ambiguous      a blob that reads as two kinds of address
//	address-length-differs      a blob and its length field disagree
//	address-unreadable          neither a text nor a blob of a known form
//	data-missing                the event has no fields
//	enumerator-unknown          a number without a name; the number is kept
//	event-version-differs       unnamed fields of another version's number; of fewer none is
//	                            taken, for they may be any
//	event-version-unknown       named fields are mapped all the same
//	failure-reason-ambiguous    a text that several error codes share
//	field-count-unexpected      unnamed fields that no version has
//	field-missing               names that the version has and the event lacks
//	field-repeated              one name twice; neither is taken
//	field-type-unexpected       a value of a kind that the field cannot have, and the value
//	fields-unnamed              beside named ones; not taken
//	guid-unreadable
//	mask-without-address
//	number-out-of-range
//	number-unreadable
//	parameter-unmapped
//	processing-error            Windows wrote ProcessingErrorData in place of the fields
//	scope-differs               a SOCKADDR_IN6 and ScopeId disagree
//	sid-unreadable
//	time-implausible            of the failure itself, before 1980 or after 2107; it is kept
//	time-missing                no clock at all
//	time-out-of-range           past the year 9999; the ticks are kept
//	time-unreadable
//	tunnel-endpoint-unreadable  no address; kept as written
//
// and those of [model.ConditionValue.AppendDiagnostics].
package quickmode
