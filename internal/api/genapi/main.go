// Command genapi writes the OpenAPI document of the API and its reference for readers to the two files that it is given.
//
// It exists so that both are made from the routes and from the comments of the types that they take and give: whoever changes one of
// them changes the documents. The tests of the package check that the files are up to date.
package main

import (
	"bytes"
	"io"
	"log"
	"os"

	"github.com/ropeway/ropeway/internal/api"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: genapi <file.json> <file.md>")
	}
	c, err := newComments("../..")
	if err != nil {
		log.Fatal(err)
	}
	for i, write := range []func(io.Writer, api.Texts) error{api.WriteOpenAPI, api.WriteReference} {
		var b bytes.Buffer
		if err := write(&b, c.of); err != nil {
			log.Fatal(err)
		}
		if c.err != nil {
			log.Fatal(c.err)
		}
		if err := os.WriteFile(os.Args[i+1], b.Bytes(), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
