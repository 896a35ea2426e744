package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func newDataStore(env *Env) *cobra.Command {
	return group("datastore", "Look after the data stores of a data directory and their records",
		newDataStoreList(env), newDataStoreCreate(env), newDataStoreShow(env), newDataStoreChange(env), newDataStoreGet(env),
		newDataStorePut(env), newDataStoreRemove(env), newDataStoreImport(env), newDataStoreExport(env),
		newDelete(env, "datastores", "data store", "Delete a data store with its records"))
}

func aDataStore() cobra.PositionalArgs {
	return oneWord("the number of a data store; ropeway datastore list shows them")
}

func newDataStoreList(env *Env) *cobra.Command {
	return dataCommand{
		use: "list", short: "List the data stores", args: cobra.NoArgs, prints: true,
		run: func(ctx context.Context, c *client, _ []string) error {
			var p api.Page[api.DataStore]
			if err := c.get(ctx, "/datastores", nil, &p); err != nil {
				return err
			}
			return c.print(p.Items, func() {
				w := c.table("NUMBER\tRECORDS\tBYTES\tOF\tNAME")
				for _, d := range p.Items {
					fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%s\n", d.ID, d.Records, d.Bytes, d.BytesMax, d.Name)
				}
				flush(w)
			})
		},
	}.build(env)
}

// dataStoreFlags describe a data store.
type dataStoreFlags struct {
	name, structure string
	size            int64
}

func (f *dataStoreFlags) bind(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.structure, "structure", "", "JSON file with the fields of a record; - for standard input")
	cmd.Flags().Int64Var(&f.size, "size", 0, "bytes that it may hold; 0 for the default")
}

func (f *dataStoreFlags) readStructure(env *Env) (json.RawMessage, error) {
	if f.structure == "" {
		return nil, nil
	}
	return readJSONFile(env, f.structure)
}

func newDataStoreCreate(env *Env) *cobra.Command {
	var f dataStoreFlags
	cmd := dataCommand{
		use: "create NAME", short: "Make a data store", args: oneWord("the data store"), makes: true, prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			structure, err := f.readStructure(env)
			if err != nil {
				return err
			}
			var d api.DataStore
			if err := c.send(ctx, http.MethodPost, "/datastores", api.NewDataStore{Name: args[0], Structure: structure, BytesMax: f.size}, &d); err != nil {
				return err
			}
			return c.print(d, func() { c.sayDataStore(&d) })
		},
	}.build(env)
	f.bind(cmd)
	return cmd
}

func (c *client) sayDataStore(d *api.DataStore) {
	c.say("data store %d: %s, %s, %d of %s", d.ID, d.Name, count(int(d.Records), "record"), d.Bytes, count(int(d.BytesMax), "byte"))
	if len(d.Structure) > 0 {
		c.say("structure: %s", d.Structure)
	}
}

func newDataStoreShow(env *Env) *cobra.Command {
	return dataCommand{
		use: "show NUMBER", short: "Show a data store: size and structure", args: aDataStore(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("datastores", args[0])
			if err != nil {
				return err
			}
			var d api.DataStore
			if err := c.get(ctx, path, nil, &d); err != nil {
				return err
			}
			return c.print(d, func() { c.sayDataStore(&d) })
		},
	}.build(env)
}

func newDataStoreChange(env *Env) *cobra.Command {
	var f dataStoreFlags
	var cmd *cobra.Command
	cmd = dataCommand{
		use: "change NUMBER", short: "Change the name, structure or size of a data store", args: aDataStore(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("datastores", args[0])
			if err != nil {
				return err
			}
			var x api.DataStoreChange
			if x.Structure, err = f.readStructure(env); err != nil {
				return err
			}
			if f.name != "" {
				x.Name = &f.name
			}
			if cmd.Flags().Changed("size") {
				x.BytesMax = &f.size
			}
			var d api.DataStore
			if err := c.send(ctx, http.MethodPatch, path, x, &d); err != nil {
				return err
			}
			return c.print(d, func() { c.sayDataStore(&d) })
		},
	}.build(env)
	f.bind(cmd)
	cmd.Flags().StringVar(&f.name, "name", "", "new name")
	return cmd
}

func newDataStoreGet(env *Env) *cobra.Command {
	var limit int
	cmd := dataCommand{
		use: "get NUMBER [KEY]", short: "Print a record of a data store, or list its records", args: cobra.RangeArgs(1, 2), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("datastores", args[0])
			if err != nil {
				return err
			}
			if len(args) == 2 {
				var r api.Record
				if err := c.get(ctx, path+"/record", url.Values{"key": {args[1]}}, &r); err != nil {
					return err
				}
				return c.print(r, func() { c.say("%s", r.Data.JSON()) })
			}
			list, err := pages[api.Record](ctx, c, path+"/records", nil, max(1, limit))
			if err != nil {
				return err
			}
			return c.print(list, func() {
				w := c.table("KEY\tDATA")
				for _, r := range list {
					fmt.Fprintf(w, "%s\t%s\n", r.Key, r.Data.JSON())
				}
				flush(w)
			})
		},
	}.build(env)
	cmd.Flags().IntVar(&limit, "limit", api.DefaultPage, "records to list")
	return cmd
}

func newDataStorePut(env *Env) *cobra.Command {
	return dataCommand{
		use: "put NUMBER KEY FILE", short: "Put the JSON object of a file (- for standard input) into a data store", args: exactly(3, "the number of a data store, a key and a JSON file"),
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("datastores", args[0])
			if err != nil {
				return err
			}
			data, err := readValue(env, args[2])
			if err != nil {
				return err
			}
			return c.send(ctx, http.MethodPut, path+"/record", struct {
				Key  string      `json:"key"`
				Data value.Value `json:"data"`
			}{args[1], data}, nil)
		},
	}.build(env)
}

func newDataStoreRemove(env *Env) *cobra.Command {
	return dataCommand{
		use: "remove NUMBER KEY", short: "Remove a record from a data store", args: exactly(2, "the number of a data store and a key"),
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("datastores", args[0])
			if err != nil {
				return err
			}
			return c.call(ctx, http.MethodDelete, path+"/record", url.Values{"key": {args[1]}}, 0, nil, nil)
		},
	}.build(env)
}

// formatOf returns the format of a file: the one that is asked for, else that of its name.
func formatOf(format, file string) string {
	if format == "" && strings.EqualFold(filepath.Ext(file), ".csv") {
		return "csv"
	}
	return orDefault(format, "json")
}

func newDataStoreImport(env *Env) *cobra.Command {
	var format string
	cmd := dataCommand{
		use: "import NUMBER FILE", short: "Put the records of a JSON or CSV file into a data store, in place of those with the same keys", args: exactly(2, "the number of a data store and a file"), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("datastores", args[0])
			if err != nil {
				return err
			}
			in := env.Stdin
			if args[1] != "-" {
				f, err := os.Open(args[1])
				if err != nil {
					return fault.Wrap(fault.InvalidConfiguration, err, "Cannot read "+args[1]+": "+plainFileError(err)+".")
				}
				defer f.Close()
				in = f
			}
			answer, err := c.stream(ctx, http.MethodPost, path+"/file", url.Values{"format": {formatOf(format, args[1])}}, http.Header{}, in)
			if err != nil {
				return err
			}
			defer answer.Close()
			var done api.Imported
			if err := json.NewDecoder(answer).Decode(&done); err != nil {
				return fault.Wrap(fault.Unexpected, err, "The answer of the server cannot be read.")
			}
			return c.print(done, func() { c.say("%s imported", count(done.Records, "record")) })
		},
	}.build(env)
	cmd.Flags().StringVar(&format, "format", "", "json or csv (default: by the name of the file)")
	return cmd
}

func newDataStoreExport(env *Env) *cobra.Command {
	var format, out string
	cmd := dataCommand{
		use: "export NUMBER", short: "Print the records of a data store as JSON or CSV", args: aDataStore(),
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("datastores", args[0])
			if err != nil {
				return err
			}
			answer, err := c.stream(ctx, http.MethodGet, path+"/file", url.Values{"format": {formatOf(format, out)}}, http.Header{}, http.NoBody)
			if err != nil {
				return err
			}
			defer answer.Close()
			return c.copyTo(out, answer)
		},
	}.build(env)
	cmd.Flags().StringVar(&format, "format", "", "json or csv (default: by the name of the file, else json)")
	cmd.Flags().StringVar(&out, "out", "", "file to write (default: the output)")
	return cmd
}

// copyTo copies an answer into a file that the user named, "" for the output.
func (c *client) copyTo(file string, answer io.Reader) error {
	to := c.env.Stdout
	if file != "" {
		f, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, traceMode)
		if err != nil {
			return fault.Wrap(fault.InvalidConfiguration, err, "Cannot write "+file+": "+plainFileError(err)+".")
		}
		defer f.Close()
		to = f
	}
	if _, err := io.Copy(to, answer); err != nil {
		return fault.Wrap(fault.Connection, err, "The export was cut off; what was written is not all of it.").WithHint("see the log of the server")
	}
	return nil
}
