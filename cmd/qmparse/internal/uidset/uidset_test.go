package uidset

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"testing"
)

// A set that keeps few keys in memory says the same as a map.
func TestSet(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	rng := rand.New(rand.NewPCG(1, 2))
	s := &Set{Memory: 700}
	there := map[Key]bool{}
	for i := range 30000 {
		var k Key
		binary.LittleEndian.PutUint64(k[:], rng.Uint64()*0x9e3779b97f4a7c15)
		binary.BigEndian.PutUint64(k[8:], rng.Uint64())
		if rng.IntN(3) == 0 { // one of those before, if their number is small
			k = Key{byte(rng.IntN(256)), byte(rng.IntN(20))}
		}
		added, err := s.Add(k)
		if err != nil {
			t.Fatal(err)
		}
		if added == there[k] {
			t.Fatalf("key %d, %x: added %v", i, k, added)
		}
		there[k] = true
	}
	for k := range there {
		if added, err := s.Add(k); added || err != nil {
			t.Fatalf("%x again: %v, %v", k, added, err)
		}
	}
	if len(s.runs) == 0 || len(s.runs) > mostRuns+1 || s.n > 700 {
		t.Errorf("%d runs, %d keys in memory", len(s.runs), s.n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("%d files are left", len(left))
	}
}

// What cannot be written is an error, not a key that is lost.
func TestSetWithoutDisk(t *testing.T) {
	t.Setenv("TMPDIR", "/nowhere/at/all")
	t.Setenv("TMP", `Z:\nowhere`)
	s := &Set{Memory: 10}
	for i := range 100 {
		if _, err := s.Add(Key{1, byte(i)}); err != nil {
			return
		}
	}
	t.Error("100 keys, 10 in memory, and no disk")
}

func BenchmarkAdd(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := &Set{}
	defer s.Close()
	for b.Loop() {
		var k Key
		binary.LittleEndian.PutUint64(k[:], rng.Uint64())
		binary.LittleEndian.PutUint64(k[8:], rng.Uint64())
		if _, err := s.Add(k); err != nil {
			b.Fatal(err)
		}
	}
}
