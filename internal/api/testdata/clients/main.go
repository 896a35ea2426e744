// Command main lists the scenarios of a server by the client that was generated from its OpenAPI document.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/ropeway/ropeway/tools/openapi/client"
)

func main() {
	signed := client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+os.Args[2])
		return nil
	})
	c, err := client.NewClientWithResponses(os.Args[1], signed)
	if err != nil {
		log.Fatal(err)
	}
	limit := int64(10)
	page, err := c.ScenarioListWithResponse(context.Background(), &client.ScenarioListParams{Limit: &limit})
	if err != nil {
		log.Fatal(err)
	}
	if page.JSON200 == nil {
		log.Fatalf("got %s %s", page.Status(), page.Body)
	}
	for _, scenario := range page.JSON200.Items {
		fmt.Println(scenario.Id, scenario.Name)
	}
	absent, err := c.ScenarioGetWithResponse(context.Background(), 99)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(absent.ApplicationproblemJSON404.Detail)
}
