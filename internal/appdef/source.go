package appdef

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// source is a file, or a part of one, with the lines of everything in it.
type source struct {
	file  string
	lines value.Positions
	path  string // of value in the file
	value value.Value
}

// at returns the member key of s.
func (s source) at(key string) source {
	s.value = s.value.Get(key)
	if s.path != "" {
		s.path += "."
	}
	s.path += key
	return s
}

// item returns the element i of s, counted from 0.
func (s source) item(i int) source {
	s.value = s.value.At(i)
	s.path = fmt.Sprintf("%s[%d]", s.path, i)
	return s
}

// folder reads the files of an app and collects what is wrong with them.
type folder struct {
	fs       fs.FS
	read     int
	problems fault.Problems
}

// add notes a finding as long as there is room for it.
func (f *folder) add(p fault.Problem) {
	if len(f.problems) < MaxProblems {
		f.problems = append(f.problems, p)
	}
}

// problem notes that s, or the part of it at the relative path, is wrong.
func (f *folder) problem(s source, relative, problem, hint string) {
	f.add(s.problem(relative, problem, hint))
}

func (f *folder) warn(s source, relative, problem, hint string) {
	p := s.problem(relative, problem, hint)
	p.Warning = true
	f.add(p)
}

// problem makes a finding with the place of the part of s at the relative path.
func (s source) problem(relative, problem, hint string) fault.Problem {
	at := s.path
	if relative != "" && at != "" && !strings.HasPrefix(relative, "[") {
		at += "."
	}
	at += relative
	return fault.Problem{Path: at, File: s.file, Line: s.lines.Line(at), Problem: problem, Hint: hint}
}

// safePath returns the path of a file inside the folder, "" where name leads out of it.
func safePath(name string) string {
	clean := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if clean == "." || !fs.ValidPath(clean) {
		return ""
	}
	return clean
}

// bytes reads a file. The error says in plain words what is wrong.
func (f *folder) bytes(name string) ([]byte, error) {
	if f.read++; f.read > MaxFiles {
		return nil, fmt.Errorf("the app has more than %d files", MaxFiles)
	}
	file, err := f.fs.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if len(data) > MaxFileBytes {
		return nil, fmt.Errorf("the file is larger than %d bytes", MaxFileBytes)
	}
	return data, nil
}

// json reads a file of JSON with comments. It returns false, with the problem noted, where that is not possible.
func (f *folder) json(name string) (source, bool) {
	s := source{file: name}
	data, err := f.bytes(name)
	if err != nil {
		f.add(fault.Problem{File: name, Problem: readProblem(err), Hint: "check the path and the rights of the file"})
		return s, false
	}
	s.value, s.lines, err = value.ParseJSONC(data)
	var broken *value.JSONError
	if errors.As(err, &broken) {
		f.add(fault.Problem{
			File: name, Line: broken.Line, Problem: fmt.Sprintf("column %d: %s", broken.Column, broken.Message),
			Hint: "the file must be JSON; comments with // or /* */ are allowed",
		})
		return s, false
	}
	return s, true
}

// readProblem tells why a file cannot be read, without the path, which the problem has already.
func readProblem(err error) string {
	var at *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.As(err, &at):
		return "the file cannot be read: " + at.Err.Error()
	}
	return err.Error()
}

func (f *folder) exists(name string) bool {
	info, err := fs.Stat(f.fs, name)
	return err == nil && !info.IsDir()
}

// list returns the names in a folder, sorted; none where there is no such folder.
func (f *folder) list(name string) []fs.DirEntry {
	entries, err := fs.ReadDir(f.fs, name)
	if err != nil {
		return nil
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries
}
