package record

// DecodePlain is Decode without the compression.
func DecodePlain(plain []byte) ([]Record, error) { return decode(plain) }
