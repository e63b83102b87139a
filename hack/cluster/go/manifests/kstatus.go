package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// Reads objects from standard input, one JSON document after another, and prints the verdict on each as one line of JSON.
func kstatus() {
	documents := json.NewDecoder(os.Stdin)
	for documents.More() {
		var raw json.RawMessage
		if err := documents.Decode(&raw); err != nil {
			fail(err)
		}
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(raw); err != nil { // Whole numbers stay whole.
			fail(err)
		}
		result, err := status.Compute(object)
		if err != nil {
			fail(err)
		}
		line, err := json.Marshal(map[string]string{"status": result.Status.String(), "message": result.Message})
		if err != nil {
			fail(err)
		}
		fmt.Println(string(line))
	}
}
