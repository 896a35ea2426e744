// Command gendoc writes the reference of the modules to the file that it is given.
//
// It exists so that the reference is made from the descriptions that the program works by. It does not check that the
// file is up to date: the tests of the package do.
package main

import (
	"bytes"
	"log"
	"os"

	"github.com/ropeway/ropeway/internal/server"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: gendoc <file>")
	}
	system, err := server.Assemble(server.Options{})
	if err != nil {
		log.Fatal(err)
	}
	var b bytes.Buffer
	if err := server.WriteModuleReference(&b, system.Modules); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(os.Args[1], b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
