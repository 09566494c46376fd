// A client of AWS as programs in Go are: the default chain of aws-sdk-go-v2.
//
//	aws-sdk-go-client credentials N    asks the chain N times, prints each answer as a line of JSON
//	aws-sdk-go-client identity         asks STS who it is
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	loaded, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if len(args) == 1 && args[0] == "identity" {
		answer, err := sts.NewFromConfig(loaded).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return err
		}
		return out.Encode(map[string]string{"arn": *answer.Arn})
	}
	if len(args) != 2 || args[0] != "credentials" {
		return fmt.Errorf("usage: aws-sdk-go-client credentials N | identity")
	}
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for range count {
		got, err := loaded.Credentials.Retrieve(ctx)
		if err != nil {
			return err
		}
		line := map[string]string{
			"accessKeyId":     got.AccessKeyID,
			"secretAccessKey": got.SecretAccessKey,
			"sessionToken":    got.SessionToken,
		}
		if got.CanExpire {
			line["expires"] = got.Expires.UTC().Format(time.RFC3339)
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
