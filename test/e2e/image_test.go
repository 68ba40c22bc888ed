package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"nests/internal/nesttest"
)

// image is built from a Dockerfile without a container engine. Each stage is a folder.
type image struct {
	t                          *testing.T
	context                    string // the build context
	ignored                    []string
	stages                     map[string]string
	args                       []string // of the stage
	root                       string   // the last stage
	workdir                    string
	user                       string
	env, entrypoint, cmd, look []string
}

// buildImage runs the steps of a Dockerfile. The programs of a base image are those of this machine, and so are its
// files where a COPY names one that no step made. The packages of npm and Go are those already installed from the
// same lock files.
func buildImage(t *testing.T, context, dockerfile string) *image {
	t.Helper()
	m := &image{t: t, context: context, stages: map[string]string{}}
	m.ignored = strings.Fields(m.text(dockerfile + ".dockerignore"))
	text := regexp.MustCompile(`(?m)^\s*#.*\n`).ReplaceAllString(m.text(dockerfile), "")
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		if instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " "); instruction != "" {
			m.step(instruction, strings.TrimSpace(rest))
		}
	}
	return m
}

func (m *image) text(path string) string {
	m.t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		m.t.Fatal(err)
	}
	return string(raw)
}

func (m *image) step(instruction, rest string) {
	m.t.Helper()
	switch instruction {
	case "FROM":
		m.root, m.workdir, m.args = m.t.TempDir(), "/", nil
		if _, name, ok := strings.Cut(rest, " AS "); ok {
			m.stages[name] = m.root
		}
	case "WORKDIR":
		m.workdir = rest
		m.shell(m.root, "mkdir -p ."+rest)
	case "ARG":
		m.args = append(m.args, rest)
	case "COPY":
		m.copy(strings.Fields(rest))
	case "RUN":
		if strings.HasPrefix(rest, "npm ci") {
			rest = "ln -s '" + filepath.Join(m.context, "web", "node_modules") + "' node_modules"
		}
		if rest == "go mod download" {
			return
		}
		m.shell(filepath.Join(m.root, m.workdir), rest)
	case "USER":
		m.user = rest
	case "ENV":
		m.env = append(m.env, strings.Fields(rest)...)
	case "ENTRYPOINT":
		m.entrypoint = m.list(rest)
	case "CMD":
		m.cmd = m.list(rest)
	case "HEALTHCHECK":
		_, command, _ := strings.Cut(rest, "CMD ")
		m.look = m.list(command)
	case "EXPOSE", "VOLUME":
	default:
		m.t.Fatalf("what does %s do?", instruction)
	}
}

func (m *image) list(text string) (words []string) {
	m.t.Helper()
	if err := json.Unmarshal([]byte(text), &words); err != nil {
		m.t.Fatalf("%s is no list of words: %v", text, err)
	}
	return words
}

// copy copies files from the context or another stage. Of a folder it copies the content, as engines do.
func (m *image) copy(words []string) {
	m.t.Helper()
	from := m.context
	for strings.HasPrefix(words[0], "--") {
		if stage, ok := strings.CutPrefix(words[0], "--from="); ok {
			if from = m.stages[stage]; from == "" {
				m.t.Fatalf("there is no stage %s", stage)
			}
		}
		words = words[1:]
	}
	to := words[len(words)-1]
	target := filepath.Join(m.root, m.workdir, to)
	if filepath.IsAbs(to) {
		target = filepath.Join(m.root, to)
	}
	for _, source := range words[:len(words)-1] {
		path := filepath.Join(from, source)
		info, err := os.Stat(path)
		if err != nil && from != m.context {
			path = source // of the base image
			info, err = os.Stat(path)
		}
		if err != nil {
			m.t.Fatal(err)
		}
		into, what := filepath.Dir(target), filepath.Base(path)
		if info.IsDir() || strings.HasSuffix(to, "/") {
			into = target
		}
		if info.IsDir() {
			path, what = filepath.Join(path, "x"), "."
		}
		skip := ""
		for _, ignored := range m.ignored {
			if below, ok := strings.CutPrefix(ignored, source+"/"); ok && from == m.context {
				skip += " --exclude=./" + below
			}
		}
		m.shell(filepath.Dir(path), "mkdir -p '"+into+"' && tar -c"+skip+" '"+what+"' | tar -x -C '"+into+"'")
	}
}

func (m *image) shell(folder, command string) {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), "sh", "-ec", command)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), m.args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// The image that the Dockerfile describes serves a create, a join and audio, with nothing beside it, on a read-only
// root and as an unprivileged user. It upgrades the data folder of another build, and clients come back.
func TestImage(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root may change the root of a process")
	}
	context, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	m := buildImage(t, context, "../../deploy/docker/Dockerfile")

	before := startServer(t)
	host := before.user()
	id, _ := host.create()
	before.stop()

	s := newServer(t)
	m.run(s, before.dir)
	if a := s.info(id); a.status != 200 {
		t.Fatalf("the nest of the earlier build: info answered %d %s", a.status, a.text)
	}
	hearing(t, host.at(s), id)
	ann := s.user()
	fresh, token := ann.create()
	nesttest.Join(t, s.ws(), token)
	hearing(t, ann, fresh)
	inside := func(words ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
		cmd.Env, cmd.SysProcAttr, cmd.Dir = s.environment(), s.as, "/"
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v %s", strings.Join(words, " "), err, out)
		}
		return string(out)
	}
	inside(m.look...)
	if out := inside("/nests", "version"); !strings.Contains(out, "devel") {
		t.Errorf("nests version prints %s", out)
	}
	if out := inside("/nests", "backup", "/data"); !strings.Contains(out, "checked") {
		t.Errorf("backup prints %s", out)
	}
	s.stop()
}

// run mounts the image read-only and serves from it as its user, on a data folder of another server.
func (m *image) run(s *server, data string) {
	t := m.t
	root := t.TempDir()
	mount := func(words ...string) {
		t.Helper()
		at := words[len(words)-1]
		if out, err := exec.Command("mount", words...).CombinedOutput(); err != nil {
			t.Skipf("nothing can be mounted: %s", out)
		}
		t.Cleanup(func() {
			if out, err := exec.Command("umount", at).CombinedOutput(); err != nil {
				t.Errorf("umount: %s", out)
			}
		})
	}
	mount("-t", "tmpfs", "-o", "size=300m,mode=755", "tmpfs", root)
	m.shell(m.root, "mkdir proc && tar -c . | tar -x -C '"+root+"'")
	mount("-t", "proc", "proc", filepath.Join(root, "proc"))
	s.dir = filepath.Join(root, "data")
	mount("-t", "tmpfs", "-o", "size=100m,mode=700,uid=65532,gid=65532", "tmpfs", s.dir)
	m.shell(data, "tar -c --owner=65532 --group=65532 . | tar -x -C '"+s.dir+"'")
	if out, err := exec.Command("mount", "-o", "remount,ro", root).CombinedOutput(); err != nil {
		t.Fatalf("make the root read-only: %s", out)
	}
	if m.user != "65532:65532" {
		t.Fatalf("the image runs as %q", m.user)
	}
	s.as = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	s.run = slices.Concat(m.entrypoint, m.cmd)
	// The test chooses the port, on loopback, because the image shares this machine's network.
	s.env = append(slices.DeleteFunc(slices.Clone(m.env),
		func(v string) bool { return strings.HasPrefix(v, "NESTS_HTTP_ADDR=") }), s.env...)
	s.start()
}
