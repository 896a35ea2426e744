package blueprint

import (
	"fmt"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// The modules whose fields are the inputs and outputs of the scenario where it declares none itself, as in exports.
const (
	startModule  = "scenario-service:StartSubscenario"
	returnModule = "scenario-service:ReturnData"
)

func readInterface(v value.Value) *Interface {
	if v.Kind() != value.KindCollection {
		return nil
	}
	return &Interface{Inputs: module.ParseFields(v.Get("input")), Outputs: module.ParseFields(v.Get("output"))}
}

// interfaceOfModules reads inputs and outputs from what the editor last knew of the modules that take and give them; nil where there are
// none.
func interfaceOfModules(b *Blueprint) *Interface {
	var i Interface
	if len(b.Flow) > 0 && b.Flow[0].Module == startModule {
		i.Inputs = b.Flow[0].Interface
	}
	for _, n := range b.nodes {
		if n.Module != returnModule {
			continue
		}
		for _, f := range n.Expect {
			if field(i.Outputs, f.Name) == nil {
				i.Outputs = append(i.Outputs, f)
			}
		}
	}
	if len(i.Inputs)+len(i.Outputs) == 0 {
		return nil
	}
	return &i
}

// field returns the field with a name, nil where there is none.
func field(fields []module.Field, name string) *module.Field {
	at := slices.IndexFunc(fields, func(f module.Field) bool { return f.Name == name })
	if at < 0 {
		return nil
	}
	return &fields[at]
}

// RequiredInputs lists the inputs without which the scenario cannot be started: required, and without a default.
func (b *Blueprint) RequiredInputs() []string {
	if b.Interface == nil {
		return nil
	}
	var names []string
	for _, f := range b.Interface.Inputs {
		if f.Required && f.Default.IsNothing() {
			names = append(names, f.Name)
		}
	}
	return names
}

// declared checks the inputs and outputs of the scenario, and the modules that return some.
func (c *checker) declared() {
	if c.b.Interface == nil {
		return
	}
	c.fieldNames("interface.input", c.b.Interface.Inputs)
	c.fieldNames("interface.output", c.b.Interface.Outputs)
	for i, f := range c.b.Interface.Inputs {
		if f.Default.IsNothing() || f.Name == "" {
			continue
		}
		if _, err := module.Coerce(value.Collection(value.F(f.Name, f.Default)), []module.Field{f}, time.UTC); err != nil {
			c.problem(fmt.Sprintf("interface.input[%d].default", i), "change the default or the type of the input",
				"the default of the input %s does not fit: %s", cut(f.Name), cut(fault.From(err).Message))
		}
	}
	c.returned()
}

func (c *checker) fieldNames(path string, fields []module.Field) {
	for i, f := range fields {
		switch at := fmt.Sprintf("%s[%d].name", path, i); {
		case f.Name == "":
			c.problem(at, "name it, so that it can be mapped", "the field has no name")
		case field(fields[:i], f.Name) != nil:
			c.problem(at, "rename one of them", "there are two fields named %q", cut(f.Name))
		}
	}
}

// returned compares what modules return with the outputs that the scenario declares.
func (c *checker) returned() {
	given := map[string]bool{}
	returns := false
	for _, n := range c.b.nodes {
		if n.Module != returnModule {
			continue
		}
		returns = true
		for name := range n.RawMapper.Fields() {
			given[name] = true
			if field(c.b.Interface.Outputs, name) == nil {
				c.warning(join(n.Path+".mapper", name), "add it to the outputs of the scenario", "the scenario declares no output %q", cut(name))
			}
		}
	}
	if !returns {
		return
	}
	for i, f := range c.b.Interface.Outputs {
		if f.Name != "" && !given[f.Name] {
			c.warning(fmt.Sprintf("interface.output[%d]", i), "map it in a module Return outputs, or remove it", "nothing returns the output %q", cut(f.Name))
		}
	}
}
