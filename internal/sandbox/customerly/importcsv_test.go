package customerly

import (
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestImport(t *testing.T) {
	t.Parallel()
	const file = "\xef\xbb\xbfEmail;name;user_id;type;tags;attributes.plan;phone number;seats;active\r\n" +
		"ada@x.example;Ada;7;;vip|new;pro;+39 02;3;true\r\n" +
		"bob@x.example;;;;;;007;1.5;\r\n" +
		"cleo@x.example;\"Cleo; M\";;user;;;;;\r\n" +
		"nobody;;;;;;;;\r\n" +
		"dan@x.example;;;robot;;;;;\r\n" +
		"eve@x.example;;7;;;;;;\r\n"
	s := newSandbox(t, Options{Import: []io.Reader{strings.NewReader(file)}})
	ada, _ := s.Contact("ada@x.example")
	want := map[string]any{"plan": "pro", "phone_number": "+39 02", "seats": 3.0, "active": true}
	if !ada.IsUser || ada.UserID != "7" || !reflect.DeepEqual(ada.Tags, []string{"vip", "new"}) || !reflect.DeepEqual(ada.Attributes, want) {
		t.Errorf("got %+v, want user 7 with two tags and attributes %v", ada, want)
	}
	bob, _ := s.Contact("bob@x.example")
	if bob.IsUser || bob.Attributes["phone_number"] != "007" || bob.Attributes["seats"] != 1.5 {
		t.Errorf("got %+v, want a lead with a telephone number as text", bob)
	}
	if cleo, ok := s.Contact("cleo@x.example"); !ok || !cleo.IsUser || cleo.Name != "Cleo; M" {
		t.Errorf("got %+v, want a user named Cleo; M", cleo)
	}
	if stats := s.Stats(); stats.Users != 2 || stats.Leads != 1 {
		t.Errorf("got %+v, want 2 users and 1 lead", stats)
	}
}

func TestImportReport(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	w := send(t, s, "POST /admin/import", "email,is_user\na@x.example,1\nbad,0\nb@x.example,0\n")
	for _, want := range []string{`"users": 1`, `"leads": 1`, `"refused": 1`, `"line": 3`, `email is not valid`} {
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("got %d %s, want %s in it", w.Code, w.Body, want)
		}
	}
	for body, want := range map[string]string{
		"":                     "read header",
		"name\nx\n":            "no column email",
		"email,email\n":        "two columns",
		"email,a%b\n":          "cannot be an attribute name",
		"email\n\"a@x.example": "read rows",
	} {
		if w := send(t, s, "POST /admin/import", body); w.Code != 422 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: got %d %s, want 422 with %q", body, w.Code, w.Body, want)
		}
	}
}

func FuzzImport(f *testing.F) {
	f.Add("email,name,tags\na@x.example,A,x|y\n")
	f.Add("email;user_id\n\"a\nb@x.example;1\n")
	f.Add("\xef\xbb\xbfemail\tis_user\n\t\n")
	s, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, file string) {
		report, err := s.importCSV(strings.NewReader(file))
		if err != nil {
			return
		}
		if lines := strings.Count(file, "\n") + strings.Count(file, "\r") + 1; report.Users+report.Leads+report.Refused > lines {
			t.Errorf("%q: got %+v, which is more than %d lines", file, report, lines)
		}
	})
}
