package cli

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	deployFolder = "../../deploy"
	deployTool   = "../../tools/deploy"
)

// deployed is what the deployment files say of a container, as the tool reads them.
type deployed struct {
	File, Name, Image           string
	Args, Environment, Writable []string
	Ports                       []int
	Probes                      []struct {
		Path string
		Port int
	}
	Health   []string
	ReadOnly bool `json:"read_only"`
	NonRoot  bool `json:"non_root"`
	Limited  bool
}

// ours reports whether it is a node of Ropeway.
func (d *deployed) ours() bool { return strings.Contains(d.Image, "ropeway") }

// readDeployment has the tool read the deployment files strictly. Where it cannot be fetched the test is skipped.
func readDeployment(t *testing.T) []deployed {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a tool")
	}
	built := filepath.Join(t.TempDir(), "deploy")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", built, ".")
	build.Dir = deployTool
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("the tool cannot be fetched: %v: %s", err, out)
	}
	read := exec.CommandContext(t.Context(), built, deployFolder)
	var told strings.Builder
	read.Stderr = &told
	out, err := read.Output()
	if err != nil {
		t.Fatalf("the deployment files are not valid: %v: %s", err, told.String())
	}
	var found []deployed
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// TestDeploymentFits compares the files of Compose and Kubernetes with the program: its flags, variables and ports.
func TestDeploymentFits(t *testing.T) {
	t.Parallel()
	nodes := map[string]int{}
	known := knownVariables(t)
	for _, d := range readDeployment(t) {
		if !pinned(d.Image) {
			t.Errorf("%s, %s: the image %s has no version", d.File, d.Name, d.Image)
		}
		if !d.ours() {
			continue
		}
		nodes[d.File]++
		listens := checkServe(t, d.File, d.Args)
		if len(d.Health) > 1 {
			if got := checkArguments(t, d.File, d.Health[2:])["server"]; d.Health[1] != "/ropeway" || got != "http://127.0.0.1:"+strconv.Itoa(listens) {
				t.Errorf("%s, %s: it is asked by %v, and listens at port %d", d.File, d.Name, d.Health, listens)
			}
		}
		for _, v := range d.Environment {
			if !known[v] {
				t.Errorf("%s, %s: the program knows no variable %s", d.File, d.Name, v)
			}
		}
		if !slices.Contains(d.Environment, databaseVariable) || !slices.Contains(d.Environment, masterKeyVariable) {
			t.Errorf("%s, %s: nodes share a database and a master key, by %s and %s", d.File, d.Name, databaseVariable, masterKeyVariable)
		}
		if !d.ReadOnly || !d.Limited || !slices.Equal(d.Writable, []string{"/data"}) {
			t.Errorf("%s, %s: got read only %v, limited %v and writable %v; want it to write to /data alone, within a limit of memory", d.File, d.Name, d.ReadOnly, d.Limited, d.Writable)
		}
		if strings.HasPrefix(d.File, "compose") {
			continue
		}
		if !d.NonRoot || !slices.Contains(d.Ports, listens) || len(d.Probes) != 3 {
			t.Errorf("%s, %s: got %+v, want a user that is not root, the port %d and three probes", d.File, d.Name, d, listens)
		}
		for _, p := range d.Probes {
			if p.Port != listens {
				t.Errorf("%s, %s: it is asked at port %d and listens at %d", d.File, d.Name, p.Port, listens)
			}
		}
	}
	if nodes["compose.yaml"] < 2 || nodes["deployment.yaml"] != 1 {
		t.Errorf("got nodes %v, want several of Compose and the one of the deployment", nodes)
	}
}

// checkServe reads the arguments of a server, and returns the port that it listens at.
func checkServe(t *testing.T, file string, args []string) int {
	t.Helper()
	flags := checkArguments(t, file, args)
	if flags["data"] != "/data" || args[0] != "serve" {
		t.Errorf("%s: got %v, want a server with its data in /data", file, args)
	}
	_, text, _ := strings.Cut(flags["addr"], ":")
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Errorf("%s: %s is no address to listen at", file, flags["addr"])
	}
	return port
}

// checkArguments reads arguments as the program does, and returns the flags that are set.
func checkArguments(t *testing.T, file string, args []string) map[string]string {
	t.Helper()
	flags := map[string]string{}
	cmd, rest, err := newRoot(&Env{Getenv: func(string) string { return "" }}).Find(args)
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err != nil {
		t.Errorf("%s: the program does not take %v: %v", file, args, err)
		return flags
	}
	for _, arg := range rest {
		name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if f := cmd.Flags().Lookup(name); f != nil {
			flags[name] = f.Value.String()
		}
	}
	return flags
}

// knownVariables are those that the code reads, and those that Go and the system do.
func knownVariables(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{"GOMEMLIMIT": true, "TMPDIR": true}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`"(ROPEWAY_[A-Z_]+)"`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, match := range name.FindAllStringSubmatch(readText(t, file), -1) {
			known[match[1]] = true
		}
	}
	return known
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// pinned reports whether the name of an image says which version it is, and not only which line of versions.
func pinned(image string) bool {
	return regexp.MustCompile(`^[a-z0-9./-]+:[0-9]+\.[0-9]+[0-9A-Za-z.-]*$`).MatchString(image)
}

// TestProbesAreAnswered asks a server what the probes ask.
func TestProbesAreAnswered(t *testing.T) {
	t.Parallel()
	base := serveForProbes(t)
	asked := 0
	for _, d := range readDeployment(t) {
		for _, p := range d.Probes {
			asked++
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+p.Path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") == "text/html; charset=utf-8" {
				t.Errorf("%s: %s is answered %s", d.File, p.Path, resp.Status)
			}
		}
	}
	if asked == 0 {
		t.Error("there are no probes")
	}
}

// serveForProbes runs a server until the test ends, and returns its address.
func serveForProbes(t *testing.T) string {
	t.Helper()
	interrupt, ended := make(chan os.Signal, 1), make(chan int, 1)
	out, in := io.Pipe()
	env := Env{
		Args:  []string{"serve", "--data", t.TempDir(), "--addr", "127.0.0.1:0"},
		Stdin: strings.NewReader(""), Stdout: in, Stderr: io.Discard, Getenv: func(string) string { return "" }, Version: "test", Interrupt: interrupt,
	}
	go func() {
		ended <- Run(t.Context(), env)
		_ = in.Close()
	}()
	t.Cleanup(func() {
		interrupt <- os.Interrupt
		if code := <-ended; code != ExitOK {
			t.Errorf("the server ended with exit code %d", code)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return url
		}
	}
	t.Fatal("the server did not start")
	return ""
}

// TestImageIsBuiltFromWhatThereIs looks at the Dockerfile: versions, the user, the command, and whether all that the program is built
// from reaches the build.
func TestImageIsBuiltFromWhatThereIs(t *testing.T) {
	t.Parallel()
	sent := map[string]bool{}
	for line := range strings.Lines(readText(t, filepath.Join(deployFolder, "Dockerfile.dockerignore"))) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			sent[name] = true
		}
	}
	user, stages := "", map[string]bool{"scratch": true}
	for line := range strings.Lines(readText(t, filepath.Join(deployFolder, "Dockerfile"))) {
		words := strings.Fields(line)
		switch {
		case len(words) < 2:
		case words[0] == "FROM":
			user = ""
			if !stages[words[1]] && !pinned(words[1]) {
				t.Errorf("the image %s has no version", words[1])
			}
			if len(words) == 4 {
				stages[words[3]] = true
			}
		case words[0] == "USER":
			user = words[1]
		case words[0] == "COPY" && !strings.HasPrefix(words[1], "--"):
			checkSent(t, sent, words[1:len(words)-1])
		case words[0] == "CMD":
			var args []string
			if err := json.Unmarshal([]byte(strings.TrimSpace(strings.TrimPrefix(line, "CMD"))), &args); err != nil {
				t.Fatal(err)
			}
			if port := checkServe(t, "Dockerfile", args); port != 8080 {
				t.Errorf("the image listens at %d", port)
			}
		}
	}
	if user == "" || strings.HasPrefix(user, "0") || strings.HasPrefix(user, "root") {
		t.Errorf("the image runs as %q", user)
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if .Module}}{{if .Module.Main}}{{.ImportPath}}{{end}}{{end}}", "../../cmd/ropeway")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		if folder := strings.Split(name, "/")[3]; !sent[folder] {
			t.Errorf("the program needs %s, which does not reach the build of the image", name)
		}
	}
}

// checkSent looks for files that the image is built from.
func checkSent(t *testing.T, sent map[string]bool, names []string) {
	t.Helper()
	for _, name := range names {
		if _, err := os.Stat(filepath.Join("../..", name)); err != nil {
			t.Errorf("the image is built from %s: %v", name, err)
		}
		if top, _, _ := strings.Cut(name, "/"); name != "." && !sent[top] {
			t.Errorf("%s does not reach the build of the image", name)
		}
	}
}

// TestExampleOfVariablesIsComplete compares the variables of the Compose file and of Caddy's with the example, and the ports of Caddy's
// with those of the nodes.
func TestExampleOfVariablesIsComplete(t *testing.T) {
	t.Parallel()
	compose, caddy := readText(t, filepath.Join(deployFolder, "compose.yaml")), readText(t, filepath.Join(deployFolder, "Caddyfile"))
	example := map[string]bool{}
	for line := range strings.Lines(readText(t, filepath.Join(deployFolder, ".env.example"))) {
		if name, _, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(name, "#") {
			example[name] = true
		}
	}
	used := map[string]bool{}
	for _, match := range regexp.MustCompile(`\$\{?\$?([A-Z_]+)[:}]`).FindAllStringSubmatch(compose+caddy, -1) {
		used[match[1]] = true
		if !example[match[1]] {
			t.Errorf("%s is used, and not in .env.example", match[1])
		}
	}
	if len(used) != len(example) {
		t.Errorf("got %v in .env.example, want %v", example, used)
	}
	for node := range strings.FieldsSeq("node1 node2 node3") {
		if !strings.Contains(caddy, " "+node+":8080") || !strings.Contains(compose, "\n  "+node+":\n") {
			t.Errorf("Caddy does not send calls to %s, or there is none", node)
		}
	}
	if !strings.Contains(caddy, "health_uri /readyz") {
		t.Error("Caddy does not ask the nodes whether they are ready")
	}
}
