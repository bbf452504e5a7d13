package archivebuild

import (
	"fmt"
	"math/rand/v2"
)

// Words returns n bytes to put into an archive, which shrink, but not to nothing.
func Words(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	var b []byte
	for len(b) < n {
		b = append(b, fmt.Sprintf("%d net events ", r.IntN(1000))...)
	}
	return b[:n]
}
