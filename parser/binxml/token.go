package binxml

// Tokens, [MS-EVEN6] 2.2.12. Bit 0x40 says that attributes follow (start of an
// element) or that more of the same follows (attribute, text).
const (
	tokenEOF                  = 0x00
	tokenOpenStartElement     = 0x01
	tokenCloseStartElement    = 0x02
	tokenCloseEmptyElement    = 0x03
	tokenEndElement           = 0x04
	tokenValue                = 0x05
	tokenAttribute            = 0x06
	tokenCDATASection         = 0x07
	tokenCharRef              = 0x08
	tokenEntityRef            = 0x09
	tokenPITarget             = 0x0a
	tokenPIData               = 0x0b
	tokenTemplateInstance     = 0x0c
	tokenNormalSubstitution   = 0x0d
	tokenOptionalSubstitution = 0x0e
	tokenFragmentHeader       = 0x0f

	tokenMore = 0x40
)
