package cli

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/value"
)

func newExpression(env *Env) *cobra.Command {
	var input string
	eval := &cobra.Command{
		Use: "eval TEMPLATE", Short: "Evaluate a template such as 'Hello {{upper(1.name)}}'",
		Long: "Eval prints the value of a template as JSON: dates as ISO 8601 in UTC, buffers as base64. The input is a JSON object of\n" +
			"module number to bundle, for example {\"1\": {\"name\": \"Ada\"}}. Exit code 2: the template or the input is wrong.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fault.New(fault.InvalidConfiguration, "Give one template, in quotes.")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return evalExpression(env, args[0], input) },
	}
	eval.Flags().StringVar(&input, "input", "", "JSON file with the bundles; - for standard input")
	return group("expression", "Try out mapping expressions", eval)
}

func evalExpression(env *Env, source, input string) error {
	template, err := expression.Parse(source, expression.Scenario)
	if err != nil {
		return describeSyntax(err)
	}
	scope := server.Bundles{}
	if input != "" {
		if scope, err = readScope(env, input); err != nil {
			return err
		}
	}
	now := clock.System{}.Now()
	v, err := template.Eval(&expression.Env{Scope: scope, Now: now, Random: rand.NewPCG(uint64(now.UnixNano()), 0)})
	if err != nil {
		return err
	}
	fmt.Fprintln(env.Stdout, v.JSON())
	return nil
}

func describeSyntax(err error) error {
	var syntax *expression.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	return fault.Wrap(fault.BundleValidation, err, syntax.Error()).WithHint(syntax.Hint)
}

func readScope(env *Env, file string) (server.Bundles, error) {
	data, err := readFile(env, file, maxInputFile)
	if err != nil {
		return server.Bundles{}, err
	}
	v, err := value.ParseJSON(data)
	if err != nil {
		return server.Bundles{}, fault.Wrap(fault.InvalidConfiguration, err, "The input "+file+" is not valid JSON: "+err.Error()+".")
	}
	if v.Kind() != value.KindCollection {
		return server.Bundles{}, fault.New(fault.InvalidConfiguration, "The input "+file+" must be a JSON object of module number to bundle.").
			WithHint(`write {"1": {"name": "Ada"}}`)
	}
	return server.Bundles{Of: v}, nil
}
