package binxml

// cache keeps what chunks have in common, by the bytes it is made of. What is in
// it saves work and changes no result.
type cache[V any] struct {
	m    map[string]V
	size int // of what is in it, bytes
}

// put keeps v, which takes about size bytes, unless the key is too long to be
// worth it.
func (c *cache[V]) put(key []byte, v V, size int) {
	const overhead = 64 // of an entry
	if len(key) > maxCachedText {
		return
	}
	if c.size += len(key) + size + overhead; c.m == nil || c.size > maxCache {
		c.m = map[string]V{}
		c.size = len(key) + size + overhead
	}
	c.m[string(key)] = v
}
