package netevent

import "github.com/qmparse/qmparse/model"

// arm says how a type of FWP_VALUE0 and FWP_CONDITION_VALUE0 keeps its value:
// as that many bytes in the union, or behind a pointer to target.
type arm struct {
	inline int // -1 if it is not known
	target string
}

// armOf returns the arm of a type. Masks and ranges are in FWP_CONDITION_VALUE0
// alone.
func armOf(t model.DataType, condition bool) arm {
	switch t {
	case model.DataTypeEmpty:
		return arm{inline: 0}
	case model.DataTypeUint8, model.DataTypeInt8, model.DataTypeBitmapIndex:
		return arm{inline: 1}
	case model.DataTypeUint16, model.DataTypeInt16:
		return arm{inline: 2}
	case model.DataTypeUint32, model.DataTypeInt32, model.DataTypeFloat:
		return arm{inline: 4}
	case model.DataTypeUint64, model.DataTypeInt64, model.DataTypeDouble:
		return arm{target: "UINT64"}
	case model.DataTypeByteArray16:
		return arm{target: "FWP_BYTE_ARRAY16"}
	case model.DataTypeByteBlob, model.DataTypeSecurityDescriptor, model.DataTypeTokenAccessInformation:
		return arm{target: "FWP_BYTE_BLOB"}
	case model.DataTypeSID:
		return arm{target: "SID"}
	case model.DataTypeTokenInformation:
		return arm{target: "FWP_TOKEN_INFORMATION"}
	case model.DataTypeUnicodeString:
		return arm{target: "wchar_t"}
	case model.DataTypeByteArray6:
		return arm{target: "FWP_BYTE_ARRAY6"}
	case model.DataTypeBitmapArray64:
		return arm{target: "FWP_BITMAP_ARRAY64"}
	}
	if condition {
		switch t {
		case model.DataTypeV4AddrMask:
			return arm{target: "FWP_V4_ADDR_AND_MASK"}
		case model.DataTypeV6AddrMask:
			return arm{target: "FWP_V6_ADDR_AND_MASK"}
		case model.DataTypeRange:
			return arm{target: "FWP_RANGE0"}
		}
	}
	return arm{inline: -1}
}
