package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// lines splits a tab-separated file into its rows below the head line, each
// with that line's number of columns.
func lines(data []byte) ([][]string, error) {
	all := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	n := strings.Count(all[0], "\t")
	var rows [][]string
	for i, l := range all[1:] {
		if strings.Count(l, "\t") != n {
			return nil, fmt.Errorf("line %d: want %d columns", i+2, n+1)
		}
		rows = append(rows, strings.Split(l, "\t"))
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("no rows")
	}
	return rows, nil
}

// errorTable makes the table of error codes: by value, and of one value those
// of class ipsec first, then in file order.
func errorTable(data []byte) ([]byte, error) {
	rows, err := lines(data)
	if err != nil {
		return nil, err
	}
	type entry struct {
		value uint64
		row   []string // value, symbol, message, class
	}
	var es []entry
	for i, r := range rows {
		v, err := strconv.ParseUint(r[0], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		if r[1] == "" || r[2] == "" || r[3] == "" {
			return nil, fmt.Errorf("line %d: an empty column", i+2)
		}
		es = append(es, entry{v, r})
	}
	slices.SortStableFunc(es, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(notIPsec(a.row[3]), notIPsec(b.row[3])))
	})
	var b bytes.Buffer
	b.WriteString("var errorEntries = [...]errorEntry{\n")
	for _, e := range es {
		fmt.Fprintf(&b, "\t{%d, %t, %q, %q},\n", e.value, e.row[3] == "ipsec", e.row[1], e.row[2])
	}
	b.WriteString("}\n")
	return source("errors.tsv", b.Bytes())
}

func notIPsec(class string) int {
	if class == "ipsec" {
		return 0
	}
	return 1
}

// parameterTable makes the table of message parameters: by id, and of one id
// in file order, the oldest text first.
func parameterTable(data []byte) ([]byte, error) {
	rows, err := lines(data)
	if err != nil {
		return nil, err
	}
	type entry struct {
		id   uint64
		text string
	}
	var es []entry
	for i, r := range rows {
		v, err := strconv.ParseUint(r[0], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		if r[1] == "" {
			return nil, fmt.Errorf("line %d: no text", i+2)
		}
		es = append(es, entry{v, r[1]})
	}
	slices.SortStableFunc(es, func(a, b entry) int { return cmp.Compare(a.id, b.id) })
	var b bytes.Buffer
	b.WriteString("var parameterEntries = [...]parameterEntry{\n")
	for _, e := range es {
		fmt.Fprintf(&b, "\t{%d, %q},\n", e.id, e.text)
	}
	b.WriteString("}\n")
	return source("parameters.tsv", b.Bytes())
}
