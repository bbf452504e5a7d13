package main

import (
	"fmt"
	"hash/fnv"
	"io"
	"strings"

	"github.com/qmparse/qmparse/export"
	"github.com/qmparse/qmparse/model"
)

// partitioning says into which folder a row goes: as Hive has it, with a folder for each
// value of a key.
type partitioning struct {
	host, date bool
}

// newPartitioning reads the list of keys; "" is no partitioning.
func newPartitioning(keys string) (p partitioning, err error) {
	if keys == "" {
		return p, nil
	}
	for key := range strings.SplitSeq(keys, ",") {
		of := map[string]*bool{"host": &p.host, "date": &p.date}[key]
		if of == nil || *of {
			return p, usagef("--partition-by %s: host, date or host,date", keys)
		}
		*of = true
	}
	return p, nil
}

func (p partitioning) active() bool { return p.host || p.date }

// nullPartition is how Hive names the partition of rows without a value.
const nullPartition = "__HIVE_DEFAULT_PARTITION__"

// key returns the folder of a row, with slashes.
func key[T export.Row](p partitioning, row *T) string {
	var host model.Opt[string]
	var at model.Opt[model.FILETIME]
	switch r := any(row).(type) {
	case *model.Event:
		host, at = r.Host, r.Time
	case *model.QMFailure:
		host, at = r.Host, r.FailureTime
	}
	folder := ""
	if p.host {
		folder = "p_host=" + partitionValue(host)
	}
	if p.date {
		if folder != "" {
			folder += "/"
		}
		date := nullPartition
		if t, ok := at.V.Time(); at.OK && ok {
			date = t.Format("2006-01-02")
		}
		folder += "p_date=" + date
	}
	return folder
}

// maxPartition bounds the name of a folder, which file systems do at 255 bytes.
const maxPartition = 160

// partitionValue returns a value as the name of a folder has it. A log says what it
// wants: what is not plain is %XX, so that no value leaves the folder or means something
// to a system, and a long one is cut, with a hash of the whole.
func partitionValue(v model.Opt[string]) string {
	if !v.OK || v.V == "" {
		return nullPartition
	}
	var b strings.Builder
	for i := 0; i < len(v.V); i++ {
		c := v.V[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i < len(v.V)-1:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	name := b.String()
	if name == nullPartition { // a host that is called so
		name = "%5F" + name[1:]
	}
	if len(name) <= maxPartition {
		return name
	}
	h := fnv.New64a()
	io.WriteString(h, v.V)
	cut := strings.LastIndexByte(name[:maxPartition], '%')
	if cut < maxPartition-2 {
		cut = maxPartition
	}
	return fmt.Sprintf("%s~%016x", name[:cut], h.Sum64())
}
