// Command deploy reads the deployment files strictly, as Compose and Kubernetes do, and prints what they say of their containers, for
// the tests that compare it with the program. It is a module of its own, so that what it reads them with is no dependency of the program.
//
//	deploy FOLDER
package main

import (
	"bytes"
	"context"
	encoding "encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// container is what the files say of a container.
type container struct {
	File        string   `json:"file"`
	Name        string   `json:"name"`
	Image       string   `json:"image"`
	Args        []string `json:"args"`
	Environment []string `json:"environment"`
	Ports       []int    `json:"ports"`  // that it listens on
	Probes      []probe  `json:"probes"` // by HTTP
	Health      []string `json:"health"` // a command
	ReadOnly    bool     `json:"read_only"`
	NonRoot     bool     `json:"non_root"`
	Limited     bool     `json:"limited"` // in memory
	Writable    []string `json:"writable"`
}

type probe struct {
	Path string `json:"path"`
	Port int    `json:"port"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return errors.New("usage: deploy FOLDER")
	}
	found, err := compose(filepath.Join(os.Args[1], "compose.yaml"))
	if err != nil {
		return fmt.Errorf("compose.yaml: %w", err)
	}
	more, err := kubernetes(filepath.Join(os.Args[1], "kubernetes"))
	if err != nil {
		return err
	}
	return encoding.NewEncoder(os.Stdout).Encode(append(found, more...))
}

// compose reads a Compose file with the library that Docker Compose itself reads it with.
func compose(file string) ([]container, error) {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithResolvedPaths(false), cli.WithEnv([]string{
		"ROPEWAY_HOST=ropeway.example.com", "ROPEWAY_VERSION=1.2.3", "POSTGRES_PASSWORD=secret", "ROPEWAY_MASTER_KEY=key",
	}))
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	var found []container
	for _, name := range project.ServiceNames() {
		s := project.Services[name]
		c := container{File: "compose.yaml", Name: name, Image: s.Image, Args: s.Command, ReadOnly: s.ReadOnly}
		for variable := range s.Environment {
			c.Environment = append(c.Environment, variable)
		}
		slices.Sort(c.Environment)
		if s.HealthCheck != nil {
			c.Health = s.HealthCheck.Test
		}
		c.Limited = s.Deploy != nil && s.Deploy.Resources.Limits != nil && s.Deploy.Resources.Limits.MemoryBytes > 0
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeVolume || !v.ReadOnly {
				c.Writable = append(c.Writable, v.Target)
			}
		}
		found = append(found, c)
	}
	return found, nil
}

// kubernetes decodes manifests into the types of the API, where an unknown field is an error.
func kubernetes(folder string) ([]container, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(err, errors.New("there are no manifests"))
	}
	var found []container
	ports := map[string]bool{}
	var wanted []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if filepath.Base(file) == "kustomization.yaml" {
			err = checkKustomization(data, files)
		} else {
			err = manifest(filepath.Base(file), data, &found, ports, &wanted)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	for _, name := range wanted {
		if !ports[name] {
			return nil, fmt.Errorf("a service or a policy names the port %q, which no container has", name)
		}
	}
	return found, nil
}

// manifest reads one object. ports are those that containers name, wanted those that others ask for.
func manifest(file string, data []byte, found *[]container, ports map[string]bool, wanted *[]string) error {
	if bytes.Contains(data, []byte("\n---\n")) {
		return errors.New("there is more than one object in it")
	}
	var kind struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := yaml.Unmarshal(data, &kind); err != nil {
		return err
	}
	switch kind.APIVersion + " " + kind.Kind {
	case "v1 Namespace":
		return strict(data, &core.Namespace{})
	case "v1 Secret":
		return strict(data, &core.Secret{})
	case "policy/v1 PodDisruptionBudget":
		var b policy.PodDisruptionBudget
		return errors.Join(strict(data, &b), selects(b.Spec.Selector.MatchLabels))
	case "v1 Service":
		var s core.Service
		err := strict(data, &s)
		for _, p := range s.Spec.Ports {
			*wanted = append(*wanted, p.TargetPort.String())
		}
		return errors.Join(err, selects(s.Spec.Selector))
	case "networking.k8s.io/v1 NetworkPolicy":
		var n networking.NetworkPolicy
		err := strict(data, &n)
		for _, rule := range n.Spec.Ingress {
			for _, p := range rule.Ports {
				*wanted = append(*wanted, p.Port.String())
			}
		}
		return errors.Join(err, selects(n.Spec.PodSelector.MatchLabels))
	case "apps/v1 Deployment":
		var d apps.Deployment
		if err := strict(data, &d); err != nil {
			return err
		}
		for _, labels := range []map[string]string{d.Spec.Selector.MatchLabels, d.Spec.Template.Labels} {
			if err := selects(labels); err != nil {
				return err
			}
		}
		for i := range d.Spec.Template.Spec.Containers {
			*found = append(*found, containerOf(file, &d.Spec.Template.Spec, &d.Spec.Template.Spec.Containers[i], ports))
		}
		return nil
	}
	return fmt.Errorf("%s %s is not known here", kind.APIVersion, kind.Kind)
}

// strict decodes as the API server does: names of fields are compared letter by letter, and none may be unknown or there twice.
func strict(data []byte, into any) error {
	asJSON, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return err
	}
	unknown, err := json.UnmarshalStrict(asJSON, into)
	return errors.Join(append(unknown, err)...)
}

// selects demands that labels choose the pods of Ropeway.
func selects(labels map[string]string) error {
	if len(labels) != 1 || labels["app.kubernetes.io/name"] != "ropeway" {
		return fmt.Errorf("the labels %v do not choose the pods of Ropeway", labels)
	}
	return nil
}

func containerOf(file string, pod *core.PodSpec, from *core.Container, ports map[string]bool) container {
	c := container{File: file, Name: from.Name, Image: from.Image, Args: from.Args}
	numbers := map[string]int{}
	for _, p := range from.Ports {
		ports[p.Name], numbers[p.Name] = true, int(p.ContainerPort)
		c.Ports = append(c.Ports, int(p.ContainerPort))
	}
	for _, v := range from.Env {
		c.Environment = append(c.Environment, v.Name)
	}
	for _, p := range []*core.Probe{from.StartupProbe, from.LivenessProbe, from.ReadinessProbe} {
		if p == nil || p.HTTPGet == nil {
			c.Probes = append(c.Probes, probe{})
			continue
		}
		port := p.HTTPGet.Port.IntValue()
		if name := p.HTTPGet.Port.StrVal; name != "" {
			port = numbers[name]
		}
		c.Probes = append(c.Probes, probe{p.HTTPGet.Path, port})
	}
	is := func(b *bool) bool { return b != nil && *b }
	if s := from.SecurityContext; s != nil {
		c.ReadOnly = is(s.ReadOnlyRootFilesystem)
	}
	c.NonRoot = pod.SecurityContext != nil && is(pod.SecurityContext.RunAsNonRoot)
	c.Limited = !from.Resources.Limits.Memory().IsZero()
	for _, m := range from.VolumeMounts {
		known := slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool { return v.Name == m.Name })
		if known && !m.ReadOnly {
			c.Writable = append(c.Writable, m.MountPath)
		}
	}
	return c
}

// checkKustomization demands that it names every manifest but the examples.
func checkKustomization(data []byte, files []string) error {
	var k struct {
		APIVersion string   `json:"apiVersion"`
		Kind       string   `json:"kind"`
		Resources  []string `json:"resources"`
	}
	if err := strict(data, &k); err != nil {
		return err
	}
	for _, file := range files {
		name := filepath.Base(file)
		apart := name == "kustomization.yaml" || name == "secret.example.yaml"
		if slices.Contains(k.Resources, name) == apart {
			return fmt.Errorf("the list of resources is wrong about %s", name)
		}
	}
	return nil
}
