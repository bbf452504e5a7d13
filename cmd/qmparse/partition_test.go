package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
)

// Whatever a log says its host is, the folder is one below the other and no two hosts have
// the same.
func TestPartitionValue(t *testing.T) {
	for value, want := range map[string]string{
		"gw-1.example.net": "gw-1.example.net",
		"..":               ".%2E",
		"../../etc":        "..%2F..%2Fetc",
		`a\b:c*`:           "a%5Cb%3Ac%2A",
		"trailing.":        "trailing%2E",
		"%2E":              "%252E",
		"ü\x00\n":          "%C3%BC%00%0A",
		"":                 nullPartition,
		nullPartition:      "%5F_HIVE_DEFAULT_PARTITION__",
	} {
		got := partitionValue(model.Some(value))
		if got != want || !filepath.IsLocal("p_host="+got) || strings.ContainsAny(got, `/\`) {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	if got := partitionValue(model.Opt[string]{}); got != nullPartition {
		t.Errorf("no value: %q", got)
	}
	long := strings.Repeat("ä", 300)
	a, b := partitionValue(model.Some(long)), partitionValue(model.Some(long+"b"))
	if len(a) > 200 || a == b || strings.Contains(a[:len(a)-17], "~") || strings.Count(a, "%") != strings.Count(a[:strings.LastIndex(a, "~")], "%") {
		t.Errorf("%q and %q", a, b)
	}
}

func TestPartitionKey(t *testing.T) {
	at, _ := model.ParseFILETIME("2024-03-05T23:59:59.9999999Z")
	p, err := newPartitioning("date,host")
	if err != nil {
		t.Fatal(err)
	}
	event := &model.Event{Host: model.Some("H"), Time: model.Some(at)}
	if got := key(p, event); got != "p_host=H/p_date=2024-03-05" {
		t.Errorf("event: %s", got)
	}
	failure := &model.QMFailure{Event: *event}
	if got := key(p, failure); got != "p_host=H/p_date="+nullPartition {
		t.Errorf("failure at an unknown time: %s", got)
	}
	failure.FailureTime = model.Some(at + 1)
	if got := key(p, failure); got != "p_host=H/p_date=2024-03-06" {
		t.Errorf("failure: %s", got)
	}
}
