package appdef

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// manifest is what an app consists of, whatever the layout of its folder.
type manifest struct {
	name, label, description string
	icon, color              string
	tags                     []string
	version                  int
	general                  map[string]string // "base", "common", "groups" -> path
	components               []component
}

// component is one connection, module, procedure, webhook or function with its files by section.
type component struct {
	kind  string // "connection", "module", "rpc", "webhook", "function" or "endpoint"
	name  string
	meta  source            // the object that describes it
	files map[string]string // section, as sectionName returns it -> path
}

// text returns a describing text, "" where there is none.
func (c *component) text(key string) string { return c.meta.value.Get(key).Str() }

// The files that say which layout a folder has, and the one that names the app.
const (
	manifestFile = "makecomapp.json"
	metadataFile = "metadata.json"
)

// sectionTable maps every name that a section of a component has in one of the layouts to the name used here.
var sectionTable = map[string]string{
	"communication": "communication", "api": "communication", "oauth-communication": "communication",
	"static-params": "parameters", "parameters": "parameters", "params": "parameters",
	"mappable-params": "expect", "expect": "expect",
	"interface": "interface", "samples": "samples", "epoch": "epoch", "preview": "preview",
	"attach": "attach", "detach": "detach", "update": "update",
	"scope": "scope", "default-scope": "scope", "required-scope": "scope", "scopes": "scopes", "scope-list": "scopes",
	"install": "install", "install-directives": "install", "install-spec": "install-spec",
	"common": "common", "code": "code", "test": "test", "input": "input", "output": "output",
}

// sectionName returns the section for a name in any of its spellings ("mappableParams", "mappable-params", "expect").
func sectionName(name string) (string, bool) {
	var kebab strings.Builder
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			kebab.WriteByte('-')
			c += 'a' - 'A'
		}
		kebab.WriteRune(c)
	}
	section, ok := sectionTable[kebab.String()]
	return section, ok
}

// manifest reads the app's description in whichever layout the folder has.
func (f *folder) manifest() manifest {
	m := manifest{general: map[string]string{}, version: 1}
	if f.exists(manifestFile) {
		f.localLayout(&m)
	} else {
		f.exportLayout(&m)
	}
	if f.exists(metadataFile) {
		f.metadata(&m)
	}
	if m.name == "" {
		m.name = "app"
		f.add(fault.Problem{
			File: metadataFile, Problem: "the app has no name",
			Hint: fmt.Sprintf(`write %s with {"name": "my-app", "label": "My App"}`, metadataFile),
		})
	}
	if m.label == "" {
		m.label = m.name
	}
	if len(m.components) > MaxComponents {
		f.problem(source{}, "", fmt.Sprintf("the app has more than %d components", MaxComponents), "split it into several apps")
		m.components = m.components[:MaxComponents]
	}
	return m
}

// appName is what the name of an app may look like.
var appName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

// What icons and colors look like.
var (
	iconName  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	colorCode = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
)

// matching returns a text of a certain form, "" where it is missing or of another.
func (f *folder) matching(s source, key string, form *regexp.Regexp, problem string) string {
	v := s.value.Get(key)
	if v.IsNothing() {
		return ""
	}
	if !form.MatchString(v.Str()) {
		f.problem(s, key, problem, "")
		return ""
	}
	return v.Str()
}

// metadata reads name, label, description, version, and how the app looks.
func (f *folder) metadata(m *manifest) {
	s, ok := f.json(metadataFile)
	if !ok {
		return
	}
	if name := s.value.Get("name"); !name.IsNothing() {
		m.name = name.Str()
		if !appName.MatchString(m.name) {
			f.problem(s, "name", "the name must begin with a letter and hold only letters, digits, - and _ (64 at most)", "")
		}
	}
	m.label, m.description = s.value.Get("label").Str(), s.value.Get("description").Str()
	m.icon = f.matching(s, "icon", iconName, "the icon must be the name of a Lucide icon, such as message-circle")
	m.color = f.matching(s, "color", colorCode, "the color must be written as #rrggbb")
	for _, tag := range s.value.Get("tags").Items() {
		m.tags = append(m.tags, tag.Str())
	}
	if v := s.value.Get("version"); !v.IsNothing() {
		m.version = int(v.Float())
		if m.version < 1 {
			f.problem(s, "version", "the version must be a whole number of 1 or more", "")
			m.version = 1
		}
	}
}

// localLayout reads makecomapp.json, the layout for development in an editor.
func (f *folder) localLayout(m *manifest) {
	s, ok := f.json(manifestFile)
	if !ok {
		return
	}
	f.keys(s, manifestKeyNames)
	if v := s.value.Get("fileVersion"); !v.IsNothing() && v.Float() != 1 {
		f.warn(s, "fileVersion", "this version of the file is not known; it is read as version 1", "")
	}
	if id := s.at("origins").item(0).value.Get("appId").Str(); appName.MatchString(id) {
		m.name = id
	}
	general := s.at("generalCodeFiles")
	for key, v := range general.value.Fields() {
		if file := f.path(general, key, v); file != "" {
			m.general[key] = file
		}
	}
	components := s.at("components")
	f.keys(components, componentKindNames)
	for _, kind := range componentKindNames {
		group := components.at(kind)
		for _, name := range group.value.Keys() {
			m.components = append(m.components, f.localComponent(kind, name, group.at(name)))
		}
	}
}

func (f *folder) localComponent(kind, name string, meta source) component {
	c := component{kind: kind, name: name, meta: meta, files: map[string]string{}}
	files := meta.at("codeFiles")
	for key, v := range files.value.Fields() {
		section, ok := sectionName(key)
		if !ok {
			f.problem(files, key, fmt.Sprintf("unknown kind of file %q", key), "known are communication, params, staticParams, mappableParams, interface, samples and so on")
			continue
		}
		if section == "parameters" && key == "params" && kind == "module" {
			section = "expect" // some tools call the mappable parameters of a module so
		}
		if file := f.path(files, key, v); file != "" {
			c.files[section] = file
		}
	}
	return c
}

// path returns the path that v names, "" for null and for paths that are refused.
func (f *folder) path(s source, key string, v value.Value) string {
	if v.IsNothing() {
		return ""
	}
	file := safePath(v.Str())
	if file == "" {
		f.problem(s, key, "the path must be a text and lead to a file inside the folder of the app", "write it relative to "+manifestFile)
	}
	return file
}

// exportLayout reads a folder whose components are told by their place: modules/<name>/<section>.imljson, with the
// sections named as in the API of Make and an optional metadata.json beside them.
func (f *folder) exportLayout(m *manifest) {
	general := map[string]string{"base": ".", "common": ".", "groups": "modules"}
	found := false
	for section, dir := range general {
		for _, dir := range []string{dir, ".", "general"} {
			if file := f.sectionFile(dir, section); file != "" {
				m.general[section], found = file, true
				break
			}
		}
	}
	for _, kind := range componentKindNames {
		dir := kind + "s"
		for _, entry := range f.list(dir) {
			if entry.IsDir() {
				m.components = append(m.components, f.exportComponent(kind, entry.Name(), path.Join(dir, entry.Name())))
				found = true
			}
		}
	}
	if !found {
		f.problem(source{}, "", "this is not the folder of an app", "expected "+manifestFile+", or base.imljson and a folder modules")
	}
}

func (f *folder) exportComponent(kind, name, dir string) component {
	c := component{kind: kind, name: name, files: map[string]string{}}
	for _, entry := range f.list(dir) {
		stem, known := codeFile(entry.Name())
		if !known {
			continue
		}
		stem = strings.TrimPrefix(stem, name+".")
		if stem == "metadata" {
			c.meta, _ = f.json(path.Join(dir, entry.Name()))
			continue
		}
		if section, ok := sectionName(stem); ok {
			c.files[section] = path.Join(dir, entry.Name())
		}
	}
	return c
}

// codeFile returns the name of a file without the ending that files of apps have.
func codeFile(name string) (stem string, known bool) {
	for _, ending := range []string{".iml.json", ".imljson", ".json", ".js"} {
		if stem, ok := strings.CutSuffix(name, ending); ok {
			return stem, true
		}
	}
	return "", false
}

// sectionFile returns the path of the file for a section in dir, "" where there is none.
func (f *folder) sectionFile(dir, section string) string {
	for _, entry := range f.list(dir) {
		if stem, ok := codeFile(entry.Name()); ok && stem == section && !entry.IsDir() {
			return path.Join(dir, entry.Name())
		}
	}
	return ""
}

// of returns the components of a kind.
func (m *manifest) of(kind string) []component {
	return slices.DeleteFunc(slices.Clone(m.components), func(c component) bool { return c.kind != kind })
}
